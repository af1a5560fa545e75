"""One condition on the values of a column: an operator, and what it compares with."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from blocks.segment import Rule
from blocks.segment_compared import ParameterFilter
from blocks.segment_operator import NUMERIC, Operator
from tasks.segment import date, elements, equality, number, text, version
from tasks.segment.kind import Kind, by_kind, unset

# `is not` is answered by `is`, for those that have a value.
_OPPOSITES: dict[Operator, Operator] = {"is not": "is", "does not contain": "contains"}


def holds(
    condition: Rule | ParameterFilter, column: pd.Series, *, now: datetime, timezone: str
) -> np.ndarray:
    """Mark the rows of a column, which is indexed by position, whose value meets a condition."""
    missing = unset(column)
    if condition.operator == "is any":
        return np.ones(len(column), dtype=bool)
    if condition.operator == "is set":
        return ~missing
    if condition.operator == "is not set":
        return missing
    operator = _OPPOSITES.get(condition.operator, condition.operator)
    matched = np.zeros(len(column), dtype=bool)
    for kind, values in by_kind(column[~missing] if missing.any() else column):
        matched[values.index] = _compare(operator, condition, kind, values, now, timezone)
    return ~matched & ~missing if condition.operator in _OPPOSITES else matched


def _compare(
    operator: Operator,
    condition: Rule | ParameterFilter,
    kind: Kind,
    values: pd.Series,
    now: datetime,
    timezone: str,
) -> np.ndarray:
    if kind == "list":
        return elements.compares(values, operator, condition.values, timezone=timezone)
    if operator in ("contains", "contains all"):
        return text.contains(kind, values, condition.values, every=operator == "contains all")
    if operator == "is empty string":
        return text.is_empty(kind, values)
    if isinstance(condition, Rule) and condition.expects == "version":
        return version.compares(kind, values, operator, condition.values)
    if operator == "is":
        return equality.equals(kind, values, condition.values, timezone=timezone)
    if operator in NUMERIC or (operator == "is between" and condition.numbers):
        return number.compares(kind, values, operator, condition.numbers)
    bounds = [date.resolved(m, now=now, timezone=timezone) for m in condition.moments]
    return date.compares(kind, values, operator, bounds, timezone=timezone)
