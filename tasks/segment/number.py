"""The number operators: greater, less, at least, at most, between (both ends included)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from blocks.segment_operator import Operator
from blocks.segment_value import NUMBER_TEXT
from tasks.segment.kind import Kind

# Integers of numpy, and those beyond 64 bits.
_WHOLE = "iuO"


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
    low, high = _above(values, bounds[0]), _below(values, bounds[-1])
    match operator:
        case "is greater than":
            return values > high
        case "is less than":
            return values < low
        case "is at least":
            return values >= low
        case "is at most":
            return values <= high
        case _:
            return (values >= low) & (values <= high)


def _above(values: np.ndarray, bound: float) -> int | float:
    """Return the least number of the kind of the values that is not below a bound."""
    # An integer beside a fraction would be compared as a double, which has 53 bits.
    return math.ceil(bound) if values.dtype.kind in _WHOLE else _wide(values, bound)


def _below(values: np.ndarray, bound: float) -> int | float:
    """Return the greatest number of the kind of the values that is not above a bound."""
    return math.floor(bound) if values.dtype.kind in _WHOLE else _wide(values, bound)


def _wide(values: np.ndarray, bound: float) -> float:
    # A bound that the column's type cannot hold is compared as a double, not as infinity.
    beyond = abs(bound) > float(np.finfo(values.dtype).max)
    return np.float64(bound) if beyond else float(bound)


def parsed(column: pd.Series) -> np.ndarray:
    """Read texts as numbers, without the blanks around them; NaN for what is none."""
    stripped = column.str.strip()
    written = stripped.str.fullmatch(NUMBER_TEXT).to_numpy(dtype=bool)
    values = np.full(len(column), np.nan)
    values[written] = stripped[written].to_numpy(dtype="float64")
    return values
