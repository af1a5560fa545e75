"""A gauge: what one rule on an event measures of the events in a chunk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from blocks.event_chunk import Window
from blocks.segment import Rule
from tasks.segment import number
from tasks.segment.date import resolved
from tasks.segment.kind import by_kind, unset
from tasks.segment.totals import Reduction, exact, reduced

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_REDUCTIONS: dict[str, tuple[Reduction, ...]] = {
    "occurrences": ("add",),
    "first": ("min",),
    "last": ("max",),
    "sum": ("add", "add"),
    "average": ("add", "add"),
    "minimum": ("min",),
    "maximum": ("max",),
}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A rule on an event, its period in microseconds since 1970 UTC: from `since` until `until`."""

    rule: Rule
    since: float
    until: float

    @classmethod
    def of(cls, rule: Rule, *, now: datetime, timezone: str) -> Gauge:
        """Return the gauge of a rule in a selection; the last days end with `now`."""
        since, until = (
            None if one is None else resolved(one, now=now, timezone=timezone)
            for one in rule.period
        )
        if rule.last_days:
            until = (now - _EPOCH) / timedelta(microseconds=1) + 1
        return cls(rule, -np.inf if since is None else since, np.inf if until is None else until)

    @property
    def reductions(self) -> tuple[Reduction, ...]:
        """Return how each of the numbers that a chunk gives for a user is added up."""
        return _REDUCTIONS[self.rule.measure]

    @property
    def always(self) -> bool:
        """Tell whether events of all times count, also those without one."""
        return not np.isfinite(self.since) and not np.isfinite(self.until)

    @property
    def looks_at_time(self) -> bool:
        """Tell whether the times of the events are read."""
        return not self.always or self.rule.measure in ("first", "last")

    @property
    def looks_at_value(self) -> bool:
        """Tell whether the values of the events are read."""
        return self.rule.measured_value

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the parameters that are read."""
        named = [one.parameter for one in self.rule.parameters]
        return tuple(dict.fromkeys([*named, self.rule.of] if self.rule.of else named))

    @property
    def window(self) -> Window:
        """Return which events are looked at."""
        return Window(self.rule.event, _moment(self.since), _moment(self.until))

    def sized(
        self, measured: np.ndarray | pd.Series | None, users: np.ndarray, *, size: int
    ) -> list[np.ndarray]:
        """Return the numbers of a chunk for each of its `size` users.

        `measured` are times, values or parameters of the events that count, `users` whose they are.
        """
        if measured is None:
            return [np.bincount(users, minlength=size).astype("float64")]
        numbers = measured if isinstance(measured, np.ndarray) else numbers_of(measured)
        told = ~np.isnan(numbers)
        users, numbers = users[told], numbers[told]
        if len(self.reductions) == 1:
            return [reduced(self.reductions[0], users, numbers, size)]
        counts = np.bincount(users, minlength=size).astype("float64")
        return [reduced("add", users, numbers, size), counts]

    def answer(self, users: pd.Index, numbers: list[np.ndarray]) -> pd.Series:
        """Return the measure by user, from the numbers of all chunks; unset for who has none."""
        found = numbers[0]
        match self.rule.measure:
            case "occurrences":
                counts = pd.array(found.astype("int64"), dtype="Int64")
                counts[found == 0] = pd.NA
                return pd.Series(counts, index=users)
            case "sum":
                found = np.where(numbers[1] == 0, np.nan, exact(found))
            case "average":
                with np.errstate(invalid="ignore"):
                    found = exact(exact(found) / numbers[1])
            case _:
                found = np.where(np.isfinite(found), found, np.nan)
        if self.rule.measure in ("first", "last"):
            return pd.Series(pd.to_datetime(_times(found), utc=True), index=users)
        return pd.Series(found, index=users)


def numbers_of(column: pd.Series) -> np.ndarray:
    """Read a column as numbers, as the number operators do; NaN for what is none or infinite."""
    missing = unset(column)
    found = np.full(len(column), np.nan)
    for kind, values in by_kind(column[~missing] if missing.any() else column):
        if kind == "number":
            found[values.index] = values.to_numpy(dtype="float64")
        elif kind == "text":
            found[values.index] = number.parsed(values)
    found[~np.isfinite(found)] = np.nan
    return found


def _moment(microseconds: float) -> datetime | None:
    if not np.isfinite(microseconds):
        return None
    return _EPOCH + timedelta(microseconds=microseconds)


def _times(microseconds: np.ndarray) -> np.ndarray:
    known = ~np.isnan(microseconds)
    found = np.full(len(microseconds), np.datetime64("NaT", "us"))
    found[known] = microseconds[known].astype("int64").astype("datetime64[us]")
    return found
