"""The text operators: `contains` and `is empty string`, case-sensitive."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from blocks.segment_value import Scalar, number_text
from tasks.segment.kind import Kind


def contains(
    kind: Kind, column: pd.Series, values: Sequence[Scalar], *, every: bool = False
) -> np.ndarray:
    """Mark the rows that contain one of the texts, or with `every` each of them.

    A number is read as the text it prints as.
    """
    if kind == "number":
        column = column.astype("str").str.replace(r"\.0$", "", regex=True)
    elif kind != "text":
        return np.zeros(len(column), dtype=bool)
    parts = [value if isinstance(value, str) else number_text(value) for value in values]
    if every:
        return np.asarray(np.all([_contains(column, part) for part in parts], axis=0))
    if len(parts) == 1:
        return _contains(column, parts[0])
    found = column.str.contains("|".join(map(re.escape, parts)), regex=True)
    return found.to_numpy(dtype=bool)


def _contains(column: pd.Series, part: str) -> np.ndarray:
    return np.asarray(column.str.contains(part, regex=False), dtype=bool)


def is_empty(kind: Kind, column: pd.Series) -> np.ndarray:
    """Mark the rows whose text is empty; blanks are not."""
    if kind != "text":
        return np.zeros(len(column), dtype=bool)
    return (column == "").to_numpy(dtype=bool)
