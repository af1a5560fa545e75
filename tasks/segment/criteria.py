"""From a segment to a boolean mask over a user table, in whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import numpy as np
import pandas as pd

from blocks.segment import Rule, Segment
from blocks.segment_value import share
from tasks.segment.condition import holds
from tasks.segment.expression import where
from tasks.segment.facts import NO_FACTS, Facts
from tasks.segment.function import called
from tasks.segment.share import in_share
from tasks.segment.subject import column_of, members


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows of the user table, with what rules need to read them."""

    users: pd.DataFrame
    id_column: str
    now: datetime
    timezone: str
    facts: Facts = NO_FACTS

    @property
    def nobody(self) -> np.ndarray:
        """Return a mask without anybody."""
        return np.zeros(len(self.users), dtype=bool)

    @property
    def ids(self) -> pd.Series:
        """Return the user ids."""
        return self.users[self.id_column]


def mask(
    segment: Segment,
    users: pd.DataFrame,
    *,
    id_column: str,
    now: datetime,
    timezone: str,
    facts: Facts = NO_FACTS,
) -> pd.Series:
    """Return which users the segment selects, as booleans over the table's index.

    `now` (aware: the run's start) is what relative dates count from; `timezone` is the IANA name
    of the zone of dates that name none, in rules and in the table. A row's answer depends on that
    row alone, so a table may come in parts.
    """
    table = Table(users, id_column, now, timezone, facts)
    return pd.Series(marked(segment, table), index=users.index, dtype=bool)


def marked(part: Rule | Segment, table: Table) -> np.ndarray:
    """Mark the rows that a rule or a segment selects."""
    return _rule(part, table) if isinstance(part, Rule) else _segment(part, table)


def one_of(parts: tuple[Rule | Segment, ...], table: Table) -> np.ndarray:
    """Mark the rows that at least one of the parts selects."""
    return reduce(np.logical_or, (marked(part, table) for part in parts), table.nobody)


def _segment(segment: Segment, table: Table) -> np.ndarray:
    selected: np.ndarray = ~table.nobody
    for part in segment.every:
        selected &= marked(part, table)
    if segment.any:
        selected &= one_of(segment.any, table)
    if segment.where:
        selected &= where(segment.where, table.users)
    if segment.function:
        selected &= called(segment.function, table.users, table.facts)
    selected[one_of(segment.not_one, table)] = False
    return selected


def _rule(rule: Rule, table: Table) -> np.ndarray:
    match rule.subject:
        case "share":
            (percent,) = map(share, rule.values)
            assert percent is not None, "the model has read it"
            found = in_share(table.ids, percent=percent, seed=rule.seed)
            return found if rule.operator == "is" else ~found
        case "ids" | "campaign":
            found = members(rule, table.ids, table.facts)
            return found if rule.operator in ("is in", "was sent") else ~found
        case "segment":
            found = _segment(table.facts.saved[rule.segment], table)
            return ~found if rule.operator == "is not in" else found
        case _:
            return _compared(rule, table)


def _compared(rule: Rule, table: Table) -> np.ndarray:
    if rule.operator == "is any":
        return ~table.nobody
    column = column_of(rule, table.users, id_column=table.id_column, facts=table.facts)
    return holds(rule, column, now=table.now, timezone=table.timezone)
