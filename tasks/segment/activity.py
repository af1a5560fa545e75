"""Activity: what the rules on events measure of each user, from events that come in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from blocks.event_chunk import ANY_EVENT, Events, Wanted, Window
from blocks.segment import Rule
from tasks.segment.condition import holds
from tasks.segment.gauge import Gauge
from tasks.segment.kind import unset
from tasks.segment.sifted import Sifted, sift, taken
from tasks.segment.totals import Totals
from tasks.segment.unreadable import Unreadable


@dataclass(frozen=True, slots=True)
class Activity:
    """What each rule measures, by user, and which events could not be read.

    Attributes:
        absent: the parameters that rules name and none of the events they look at has.
    """

    measured: Mapping[Rule, pd.Series] = field(default_factory=dict)
    unreadable: Unreadable = field(default_factory=Unreadable)
    absent: tuple[str, ...] = ()


def wanted(rules: Iterable[Rule], *, now: datetime, timezone: str) -> Wanted:
    """Return what some rules on events read of the event table."""
    gauges = [Gauge.of(rule, now=now, timezone=timezone) for rule in rules]
    return Wanted(
        windows=_joined(one.window for one in gauges),
        time=any(one.looks_at_time for one in gauges),
        value=any(one.looks_at_value for one in gauges),
        parameters=tuple(dict.fromkeys(name for one in gauges for name in one.parameters)),
    )


def dated(rules: Iterable[Rule], *, now: datetime, timezone: str) -> Wanted:
    """Return the events whose times some rules look at, of all times and without them."""
    gauges = (Gauge.of(rule, now=now, timezone=timezone) for rule in rules)
    names = dict.fromkeys(one.rule.event for one in gauges if one.looks_at_time)
    return Wanted(windows=tuple(map(Window, names)))


def count_named(chunks: Iterable[Events], wanted: Wanted) -> int:
    """Return how many events have one of the names."""
    everything = ANY_EVENT in wanted.names
    return sum(
        len(events.names) if everything else int(events.names.isin(wanted.names).sum())
        for events in chunks
    )


def _joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return one window for each name, which holds all of that name."""
    found: dict[str, Window] = {}
    for one in windows:
        other = found.get(one.event, one)
        # None is open: the window is, if one of them is.
        since = min(one.since, other.since) if one.since and other.since else None
        until = max(one.until, other.until) if one.until and other.until else None
        found[one.event] = Window(one.event, since, until)
    return tuple(found.values())


def activity(
    rules: Sequence[Rule], chunks: Iterable[Events], *, now: datetime, timezone: str
) -> Activity:
    """Measure what some rules ask of each user.

    The chunks hold what is `wanted`, and may hold events that no rule looks at. How the events are
    cut into chunks changes nothing.
    """
    gauges = [Gauge.of(rule, now=now, timezone=timezone) for rule in rules]
    totals = Totals([how for one in gauges for how in one.reductions])
    unreadable = Unreadable()
    absent = list(dict.fromkeys(name for one in gauges for name in one.parameters))
    for events in chunks:
        sifted = sift(events, gauges, timezone=timezone)
        unreadable += sifted.unreadable
        absent = [one for one in absent if unset(sifted.parameters[one]).all()]
        rows = {one: _counting(sifted, one, now, timezone) for one in gauges}
        totals.add(*_numbers(sifted, rows))
    users, numbers = totals.all()
    measured: dict[Rule, pd.Series] = {}
    for gauge in gauges:
        own, numbers = numbers[: len(gauge.reductions)], numbers[len(gauge.reductions) :]
        measured[gauge.rule] = gauge.answer(users, own)
    return Activity(measured, unreadable, tuple(absent))


def _numbers(sifted: Sifted, rows: Mapping[Gauge, np.ndarray]) -> tuple[pd.Index, list[np.ndarray]]:
    """Return the users of the rows that count, and a number of theirs for each reduction."""
    counting = np.zeros(len(sifted.owned), dtype=bool)
    for one in rows.values():
        counting[one] = True
    # Texts are dear to tell apart: only those of events that count are.
    codes, users = pd.factorize(taken(sifted.events.users, np.flatnonzero(counting)))
    owners = np.full(len(counting), -1, dtype="intp")
    owners[counting] = codes
    found: list[np.ndarray] = []
    for gauge, own in rows.items():
        found += gauge.sized(sifted.measured(gauge, own), owners[own], size=len(users))
    return pd.Index(users), found


def _counting(sifted: Sifted, gauge: Gauge, now: datetime, timezone: str) -> np.ndarray:
    """Return the numbers of the rows that count for a rule: its event, period and parameters."""
    rows = sifted.counting(gauge)
    for one in gauge.rule.parameters:
        column = taken(sifted.parameters[one.parameter], rows)
        rows = rows[holds(one, column, now=now, timezone=timezone)]
    return rows
