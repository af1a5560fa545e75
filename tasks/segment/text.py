"""The text operators: `contains` and `is empty string`, case-sensitive."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from blocks.segment_value import Scalar, number_text
from tasks.segment.kind import Kind


def contains(kind: Kind, column: pd.Series, values: Sequence[Scalar]) -> np.ndarray:
    """Mark the rows that contain one of the texts; a number is read as the text it prints as."""
    if kind == "number":
        column = column.astype("str").str.replace(r"\.0$", "", regex=True)
    elif kind != "text":
        return np.zeros(len(column), dtype=bool)
    parts = [value if isinstance(value, str) else number_text(value) for value in values]
    if len(parts) == 1:
        found = column.str.contains(parts[0], regex=False)
    else:
        found = column.str.contains("|".join(map(re.escape, parts)), regex=True)
    return found.to_numpy(dtype=bool)


def is_empty(kind: Kind, column: pd.Series) -> np.ndarray:
    """Mark the rows whose text is empty; blanks are not."""
    if kind != "text":
        return np.zeros(len(column), dtype=bool)
    return (column == "").to_numpy(dtype=bool)
