"""The number operators: greater, less, at least, at most, between (both ends included)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from blocks.segment_operator import Operator
from blocks.segment_value import NUMBER_TEXT
from tasks.segment.kind import Kind


def compares(
    kind: Kind, column: pd.Series, operator: Operator, bounds: Sequence[int | float]
) -> np.ndarray:
    """Mark the rows whose number stands in that relation to the bounds; no number, no match."""
    if kind not in ("number", "text"):
        return np.zeros(len(column), dtype=bool)
    values = column.to_numpy() if kind == "number" else parsed(column)
    return np.asarray(ordered(values, operator, bounds), dtype=bool)


def ordered(values: np.ndarray, operator: Operator, bounds: Sequence[int | float]) -> np.ndarray:
    """Compare numbers with one bound, or with two for `is between`; NaN never matches."""
    bound = bounds[0]
    match operator:
        case "is greater than":
            return values > bound
        case "is less than":
            return values < bound
        case "is at least":
            return values >= bound
        case "is at most":
            return values <= bound
        case _:
            return (values >= bound) & (values <= bounds[1])


def parsed(column: pd.Series) -> np.ndarray:
    """Read texts as numbers, without the blanks around them; NaN for what is none."""
    stripped = column.str.strip()
    written = stripped.str.fullmatch(NUMBER_TEXT).to_numpy(dtype=bool)
    values = np.full(len(column), np.nan)
    values[written] = stripped[written].to_numpy(dtype="float64")
    return values
