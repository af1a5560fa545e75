"""The events of a chunk that rules look at: whose, when, and within reach of which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from blocks.event_chunk import ANY_EVENT, Events
from tasks.segment import date, number
from tasks.segment.gauge import Gauge
from tasks.segment.kind import by_kind, unset
from tasks.segment.parameters import parameters_in
from tasks.segment.unreadable import Unreadable

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Sifted:
    """The events of a chunk whose names some gauges ask for.

    Attributes:
        owned: which of them are somebody's.
        times: microseconds since 1970 UTC, NaN for none; None where no gauge looks at them.
        near: for each gauge the events of its name and period, and those without a time.
        parameters: by name, what the gauges read of them.
    """

    events: Events
    owned: np.ndarray
    times: np.ndarray | None
    near: Mapping[Gauge, np.ndarray]
    parameters: Mapping[str, pd.Series]
    unreadable: Unreadable

    def counting(self, gauge: Gauge) -> np.ndarray:
        """Return the rows of the events in a gauge's period that are somebody's."""
        rows = self.near[gauge] & self.owned
        if self.times is not None and not gauge.always:
            rows &= ~np.isnan(self.times)
        return np.flatnonzero(rows)

    def measured(self, gauge: Gauge, rows: np.ndarray) -> np.ndarray | pd.Series | None:
        """Return what a gauge measures of these rows; None where it only counts them."""
        match gauge.rule.measure:
            case "occurrences":
                return None
            case "first" | "last":
                assert self.times is not None, "the gauge looks at time"
                times: np.ndarray = self.times[rows]
                return times
            case _ if gauge.rule.of:
                return taken(self.parameters[gauge.rule.of], rows)
            case _:
                assert self.events.values is not None, "the gauge looks at values"
                return taken(self.events.values, rows)


def sift(events: Events, gauges: Sequence[Gauge], *, timezone: str) -> Sifted:
    """Read of a chunk what some gauges look at, and count what cannot be read."""
    events, names = _named(events, gauges)
    owned = events.users.notna().to_numpy(dtype=bool)
    times = None if events.times is None else microseconds(events.times, timezone=timezone)
    near = {gauge: _near(names[gauge.rule.event], times, gauge) for gauge in gauges}
    rows = _of(near, (gauge for gauge in gauges if gauge.parameters))
    parameters, unreadable = _parameters(events, gauges, rows)
    everything = _of(near, gauges)
    dated = _of(near, (gauge for gauge in gauges if gauge.looks_at_time))
    undated = np.zeros(len(dated), dtype=bool) if times is None else dated & np.isnan(times)
    unreadable += Unreadable(
        nobodys=int((everything & ~owned).sum()),
        times=int(dated.sum()),
        undated=int(undated.sum()),
        not_times=_not_times(events, undated) if undated.any() else (),
    )
    return Sifted(events, owned, times, near, parameters, unreadable)


def _not_times(events: Events, undated: np.ndarray) -> tuple[str, ...]:
    """Return the first values that are no times; a time that is not there is not among them."""
    assert events.times is not None, "some of them are undated"
    rows = np.flatnonzero(undated & ~unset(events.times))
    there = taken(events.times, rows).astype("str").str.strip() != ""
    return _examples(events.times, events.users, rows[there.to_numpy(dtype=bool)][:3])


def _examples(column: pd.Series, users: pd.Series, rows: np.ndarray) -> tuple[str, ...]:
    """Return some values, each with its user."""
    return tuple(
        f"{str(column.iloc[row])[:_SHOWN]!r} of the user '{users.iloc[row]}'" for row in rows
    )


def taken(column: pd.Series, rows: np.ndarray) -> pd.Series:
    """Return some rows of a column, by position."""
    if len(rows) == len(column):
        return column
    found: pd.Series = column.take(rows).reset_index(drop=True)
    return found


def microseconds(column: pd.Series, *, timezone: str) -> np.ndarray:
    """Read times as microseconds since 1970 UTC: dates, ISO 8601 texts, unix times; or NaN."""
    missing = unset(column)
    found = np.full(len(column), np.nan)
    for kind, values in by_kind(column[~missing] if missing.any() else column):
        if kind in ("moment", "number", "text"):
            found[values.index] = date.microseconds(kind, values, timezone=timezone)
        if kind == "text" and np.isnan(found[values.index]).any():
            numbered = date.of_numbers(number.parsed(values))
            found[values.index] = np.where(np.isnan(numbered), found[values.index], numbered)
    return found


def _named(events: Events, gauges: Sequence[Gauge]) -> tuple[Events, dict[str, np.ndarray]]:
    """Return the events that have one of the names, and for each name which of them have it."""
    named = {
        name: np.full(len(events.names), fill_value=True)
        if name == ANY_EVENT
        else (events.names == name).to_numpy(dtype=bool)
        for name in dict.fromkeys(gauge.rule.event for gauge in gauges)
    }
    rows = np.flatnonzero(np.any(list(named.values()), axis=0))
    kept = Events(
        users=taken(events.users, rows),
        names=taken(events.names, rows),
        times=None if events.times is None else taken(events.times, rows),
        values=None if events.values is None else taken(events.values, rows),
        parameters={name: taken(one, rows) for name, one in events.parameters.items()},
        json=None if events.json is None else taken(events.json, rows),
    )
    return kept, {name: found[rows] for name, found in named.items()}


def _near(named: np.ndarray, times: np.ndarray | None, gauge: Gauge) -> np.ndarray:
    if times is None or gauge.always:
        return named
    return named & ~((times < gauge.since) | (times >= gauge.until))


def _of(near: Mapping[Gauge, np.ndarray], gauges: Iterable[Gauge]) -> np.ndarray:
    """Mark the events that at least one of the gauges looks at."""
    nothing = np.zeros(len(next(iter(near.values()))), dtype=bool)
    return reduce(np.logical_or, (near[gauge] for gauge in gauges), nothing)


def _parameters(
    events: Events, gauges: Sequence[Gauge], looked_at: np.ndarray
) -> tuple[Mapping[str, pd.Series], Unreadable]:
    """Return the columns of the parameters; JSON is read of the events that are looked at."""
    if events.json is None:
        return events.parameters, Unreadable()
    names = dict.fromkeys(name for gauge in gauges for name in gauge.parameters)
    rows = np.flatnonzero(looked_at)
    columns, faulty = parameters_in(taken(events.json, rows), names)
    examples = _examples(events.json, events.users, rows[faulty][:3])
    every = range(len(looked_at))
    placed = {name: column.set_axis(rows).reindex(every) for name, column in columns.items()}
    return placed, Unreadable(objects=len(rows), invalid=int(faulty.sum()), examples=examples)
