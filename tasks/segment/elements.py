"""List-valued attributes: which element a list contains, and whether it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from blocks.segment_operator import Operator
from blocks.segment_value import Scalar
from tasks.segment.equality import equals
from tasks.segment.kind import by_kind, unset


def compares(
    column: pd.Series, operator: Operator, values: Sequence[Scalar], *, timezone: str
) -> np.ndarray:
    """Mark the lists with an element that equals one of the values, or each of them, or with none.

    An element equals a value as `is` has it. Lists answer no other operator.
    """
    lengths = np.array([len(one) for one in column], dtype="int64")
    if operator == "is empty string":
        return np.asarray(lengths == 0)
    if operator not in ("contains", "contains all") or not lengths.any():
        return np.zeros(len(column), dtype=bool)
    owners = np.repeat(np.arange(len(column)), lengths)
    elements = pd.Series([element for one in column for element in one], dtype=object)
    if operator == "contains":
        return _owning(owners, elements, values, len(column), timezone)
    found = [_owning(owners, elements, [value], len(column), timezone) for value in values]
    return np.asarray(np.all(found, axis=0))


def _owning(
    owners: np.ndarray, elements: pd.Series, values: Sequence[Scalar], rows: int, timezone: str
) -> np.ndarray:
    """Mark the rows that own an element which equals one of the values."""
    found = np.zeros(rows, dtype=bool)
    present = elements[~unset(elements)]
    for kind, part in by_kind(present):
        hits: Any = equals(kind, part, values, timezone=timezone)
        found[owners[part.index.to_numpy()[hits]]] = True
    return found
