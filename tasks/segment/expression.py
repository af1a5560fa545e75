"""The mask of a `where:` expression, evaluated by pandas over columns only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blocks.mistake import AuthorMistake
from blocks.segment_expression import parsed
from tasks.segment.answer import as_mask


def where(text: str, users: pd.DataFrame) -> np.ndarray:
    """Mark the rows for which an expression is true; unset is not.

    Raises AuthorMistake when pandas cannot evaluate it over these columns.
    """
    expression = parsed(text)
    named = pd.DataFrame(
        {name: users[column] for name, column in expression.columns.items()}, index=users.index
    )
    try:
        # The python engine knows the methods; without scopes nothing but columns has a name.
        answer = named.eval(expression.text, engine="python", local_dict={}, global_dict={})
    except Exception as error:  # pandas raises whatever its operations raise
        told = f"'{text}' cannot be evaluated: {type(error).__name__}: {error}"
        raise AuthorMistake.of("segment.where", told, hint=_hint(error)) from error
    return as_mask(answer, rows=len(users), field="segment.where", of=f"'{text}'")


def _hint(error: Exception) -> str:
    if ".dt accessor" not in str(error):
        return ""
    return "dates in texts: use a rule with 'is after', or .str.startswith('2026-01')"
