"""Which events a database may leave out, as an SQL condition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from blocks.event_chunk import ANY_EVENT, Wanted, Window

# The types of a time column that a database compares as the rules do.
Times = Literal["zoned", "local", "other"]
# A time without a zone is in the campaign's, at most so far from UTC.
FARTHEST = timedelta(hours=27)


def condition(wanted: Wanted, *, event: str, time: str, times: Times) -> str:
    """Return a condition that holds for all events in the windows, and for few others.

    `event` and `time` are the columns, quoted; it may be empty, which holds for every event.
    """
    names = wanted.names
    # Not every database writes these in a text in the same way.
    if any("'" in name or "\\" in name or not name.isprintable() for name in names):
        return ""
    return " OR ".join(_of(window, event, time, times) for window in wanted.windows)


def _of(window: Window, event: str, time: str, times: Times) -> str:
    named = "1 = 1" if window.event == ANY_EVENT else f"{event} = '{window.event}'"
    if times == "other" or (window.since is None and window.until is None):
        return f"({named})"
    bounds = []
    if window.since is not None:
        bounds.append(f"{time} >= {_literal(window.since, -1, times)}")
    if window.until is not None:
        bounds.append(f"{time} < {_literal(window.until, 1, times)}")
    # Events without a time are counted: they are left to the rules.
    return f"({named} AND ({' AND '.join(bounds)} OR {time} IS NULL))"


def _literal(moment: datetime, side: int, times: Times) -> str:
    slack = timedelta(seconds=1) if times == "zoned" else FARTHEST
    text = (moment.astimezone(UTC) + side * slack).isoformat(sep=" ")
    if times == "zoned":
        return f"CAST('{text}' AS TIMESTAMP WITH TIME ZONE)"
    return f"CAST('{text.removesuffix('+00:00')}' AS TIMESTAMP)"
