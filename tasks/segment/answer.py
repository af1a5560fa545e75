"""What an expression or a function of the author answers, as a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from blocks.mistake import AuthorMistake


def as_mask(answer: Any, *, rows: int, field: str, of: str) -> np.ndarray:
    """Return the answer as one boolean a row, False for unset.

    Raises AuthorMistake when it is anything else.
    """
    found = pd.Series(answer) if isinstance(answer, pd.Series | list | np.ndarray) else None
    if found is not None and len(found) == rows:
        if pd.api.types.is_bool_dtype(found.dtype):
            return found.fillna(False).to_numpy(dtype=bool)
        if (
            found.dtype == object
            and found.dropna().map(lambda one: one is True or one is False).all()
        ):
            return found.map(lambda one: one is True).to_numpy(dtype=bool)
    got = f"{len(found)} values" if found is not None and len(found) != rows else "something else"
    if found is not None and len(found) == rows:
        got = f"values of the type {found.dtype}"
    raise AuthorMistake.of(
        field, f"{of} must answer true or false for each of {rows} rows, not {got}"
    )
