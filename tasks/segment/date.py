"""The date operators: after, before, between (both ends excluded); exact and relative dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import numpy as np
import pandas as pd
import pendulum

from blocks.segment_operator import Operator
from blocks.segment_value import DATE_TEXT, ZONE_TEXT, Ago
from tasks.segment.kind import Kind

_FIRST, _LAST = pd.Timestamp("0001-01-03"), pd.Timestamp("9999-12-29")
# From the first year until after the year 9999; the microseconds in a second, a milli-, micro- and
# nanosecond.
_CALENDAR = (-62_135_596_800e6, 253_402_300_800e6)
_UNIX_UNITS = (1e6, 1e3, 1.0, 1e-3)


def compares(
    kind: Kind, column: pd.Series, operator: Operator, bounds: Sequence[float], *, timezone: str
) -> np.ndarray:
    """Mark the rows whose date stands in that relation to the bounds (microseconds, UTC)."""
    if kind not in ("moment", "text", "number"):
        return np.zeros(len(column), dtype=bool)
    values, bound = microseconds(kind, column, timezone=timezone), bounds[0]
    match operator:
        case "is after":
            return values > bound
        case "is not after":
            return values <= bound
        case "is before":
            return values < bound
        case "is not before":
            return values >= bound
        case _:
            return (values > bound) & (values < bounds[1])


@lru_cache(256)
def resolved(bound: Ago | datetime, *, now: datetime, timezone: str) -> float:
    """Return a rule's date in microseconds since 1970 UTC.

    Days, weeks, months and years are counted on the calendar of `timezone`, minutes and hours on
    the clock.
    """
    if isinstance(bound, Ago):
        local = pendulum.instance(now).in_timezone(timezone)
        bound = local.subtract(**{bound.unit: bound.count})
    return float(microseconds("moment", pd.Series([bound]), timezone=timezone)[0])


def exact(bound: Ago | datetime | None) -> datetime | None:
    """Return the date if it is an exact one."""
    return bound if isinstance(bound, datetime) else None


def microseconds(kind: Kind, column: pd.Series, *, timezone: str) -> np.ndarray:
    """Read dates as microseconds since 1970 UTC, NaN for what is no date.

    A number is a unix time. What names no zone is meant in `timezone`.
    """
    if kind == "number":
        return of_numbers(column.to_numpy(dtype="float64"))
    if isinstance(column.dtype, pd.StringDtype):
        return _written(column.str.strip(), timezone=timezone)
    return _counted(column, timezone=timezone)


def of_numbers(numbers: np.ndarray) -> np.ndarray:
    """Read unix times as microseconds since 1970 UTC, NaN for what is none.

    They are seconds; those that would be no date of the years 1 to 9999 are milliseconds, if they
    are one then, or else micro- or nanoseconds.
    """
    found = np.full(len(numbers), np.nan)
    for unit in _UNIX_UNITS:
        moments = numbers * unit
        fits = np.isnan(found) & (moments >= _CALENDAR[0]) & (moments < _CALENDAR[1])
        found[fits] = moments[fits]
    return found


def _written(column: pd.Series, *, timezone: str) -> np.ndarray:
    """Read ISO 8601 texts; those with a zone and those without are read apart."""
    values = np.full(len(column), np.nan)
    dates = column.str.fullmatch(DATE_TEXT).to_numpy(dtype=bool)
    zoned = dates & column.str.fullmatch(f".*:.*{ZONE_TEXT}").to_numpy(dtype=bool)
    for rows, utc in ((zoned, True), (dates & ~zoned, False)):
        if rows.any():
            read = pd.to_datetime(column[rows], format="ISO8601", errors="coerce", utc=utc)
            values[rows] = _counted(read, timezone=timezone)
    return values


def _counted(column: pd.Series, *, timezone: str) -> np.ndarray:
    moments = column.dt.as_unit("us")
    if moments.dt.tz is None:
        # The calendar's first and last days have no neighbours in every zone: 9999-12-31, often
        # written for never, is taken as UTC.
        inside = moments.between(_FIRST, _LAST) | moments.isna()
        moments = _in_zone(moments.where(inside, _FIRST), timezone).where(inside, moments)
    else:
        moments = _without_zone(moments)
    counted = moments.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(counted), np.nan, counted.astype("int64").astype("float64"))


def _in_zone(moments: pd.Series, timezone: str) -> pd.Series:
    # A clock time that happens twice is its first, one that is skipped is the end of the gap.
    zoned = moments.dt.tz_localize(
        pendulum.timezone(timezone),
        ambiguous=np.ones(len(moments), dtype=bool),
        nonexistent="shift_forward",
    )
    return _without_zone(zoned)


def _without_zone(moments: pd.Series) -> pd.Series:
    return pd.Series(moments.dt.tz_convert("UTC").dt.tz_localize(None))
