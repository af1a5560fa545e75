"""The mask that an author's own Python function answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blocks.mistake import AuthorMistake
from blocks.segment_function import Callee, function_name
from tasks.segment.answer import as_mask
from tasks.segment.facts import Facts


def called(callee: Callee, users: pd.DataFrame, facts: Facts) -> np.ndarray:
    """Mark the rows that a function selects; it sees every loaded column and some of the rows.

    Raises AuthorMistake when it raises, or answers anything but a boolean a row.
    """
    name = function_name(callee)
    try:
        answer = facts.functions[name](users.copy(deep=False))
    except Exception as error:  # whatever somebody's function raises
        raise AuthorMistake.of(
            "segment.function", f"'{name}' raised {type(error).__name__}: {error}"
        ) from error
    return as_mask(answer, rows=len(users), field="segment.function", of=f"'{name}'")
