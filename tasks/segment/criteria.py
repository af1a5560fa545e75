"""From a segment to a boolean mask over a user table, in whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import numpy as np
import pandas as pd

from blocks.segment import Rule, Segment
from blocks.segment_operator import NUMERIC, Operator
from tasks.segment import date, equality, number, text
from tasks.segment.bucket import user_bucket
from tasks.segment.kind import Kind, by_kind, unset

# `is not` is answered by `is`, for the users who have a value.
_OPPOSITES: dict[Operator, Operator] = {"is not": "is", "does not contain": "contains"}


@dataclass(frozen=True, slots=True)
class _Table:
    """The user table, with what rules need to read it."""

    users: pd.DataFrame
    id_column: str
    now: datetime
    timezone: str


def mask(
    segment: Segment, users: pd.DataFrame, *, id_column: str, now: datetime, timezone: str
) -> pd.Series:
    """Return which users the segment selects, as booleans over the table's index.

    `now` (aware: the run's start) is what relative dates count from; `timezone` is the IANA name
    of the zone of dates that name none, in rules and in the table.
    """
    table = _Table(users, id_column, now, timezone)
    return pd.Series(_segment(segment, table), index=users.index, dtype=bool)


def _segment(segment: Segment, table: _Table) -> np.ndarray:
    everybody = np.ones(len(table.users), dtype=bool)
    nobody = np.zeros(len(table.users), dtype=bool)
    selected = reduce(
        np.logical_and, (_part(part, table) for part in (*segment.all, *segment.groups)), everybody
    )
    if segment.any:
        selected &= reduce(np.logical_or, (_part(part, table) for part in segment.any), nobody)
    excluded = reduce(np.logical_or, (_part(part, table) for part in segment.none), nobody)
    return selected & ~excluded


def _part(part: Rule | Segment, table: _Table) -> np.ndarray:
    return _rule(part, table) if isinstance(part, Rule) else _segment(part, table)


def _rule(rule: Rule, table: _Table) -> np.ndarray:
    if rule.operator == "is any":
        return np.ones(len(table.users), dtype=bool)
    column = _column(rule, table)
    missing = unset(column)
    if rule.operator == "is set":
        return ~missing
    if rule.operator == "is not set":
        return missing
    operator = _OPPOSITES.get(rule.operator, rule.operator)
    matched = np.zeros(len(column), dtype=bool)
    for kind, values in by_kind(column[~missing]):
        matched[values.index] = _compare(operator, rule, kind, values, table)
    return ~matched & ~missing if rule.operator in _OPPOSITES else matched


def _column(rule: Rule, table: _Table) -> pd.Series:
    """Return the column that a rule reads, indexed by position."""
    if rule.criterion == "user bucket":
        column = user_bucket(table.users[table.id_column])
    else:
        column = table.users[rule.attribute]
    return column.reset_index(drop=True)


def _compare(
    operator: Operator, rule: Rule, kind: Kind, values: pd.Series, table: _Table
) -> np.ndarray:
    if operator == "is":
        return equality.equals(kind, values, rule.values, timezone=table.timezone)
    if operator == "contains":
        return text.contains(kind, values, rule.values)
    if operator == "is empty string":
        return text.is_empty(kind, values)
    if operator in NUMERIC or (operator == "is between" and rule.numbers):
        return number.compares(kind, values, operator, rule.numbers)
    bounds = [date.resolved(m, now=table.now, timezone=table.timezone) for m in rule.moments]
    return date.compares(kind, values, operator, bounds, timezone=table.timezone)
