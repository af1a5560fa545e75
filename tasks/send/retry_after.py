"""Read what a receiver asks for in its Retry-After header."""

from __future__ import annotations

import email.utils
import re

import pendulum

_SECONDS = re.compile(r"\d{1,10}")


def seconds(header: str | None, *, now: float) -> float | None:
    """Return the seconds from `now` (epoch seconds) that a Retry-After header asks to wait.

    Both forms of RFC 9110 section 10.2.3 are read: a number of seconds, and an HTTP date. A date
    in the past asks for no wait; anything else is not a wish we understand, so None.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    parts = email.utils.parsedate_tz(text)
    if parts is None:
        return None
    try:
        # The zone's offset is the tenth part; a date without one means GMT in HTTP.
        moment = pendulum.datetime(*parts[:6]).subtract(seconds=parts[9] or 0)
    except (ValueError, OverflowError):
        return None
    return max(0.0, moment.timestamp() - now)
