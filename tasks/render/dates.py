"""Date filters: strftime directives, time zones through pendulum, units by name."""

from __future__ import annotations

import contextlib
import functools
import re
from datetime import UTC, date, datetime
from typing import Any

import pendulum
from pendulum.locales.locale import Locale

from tasks.render.locales import tags_of

DEFAULT_FORMAT = "%H:%M / %d-%m-%Y"

# `%s`, `%c`, `%x` and `%X` would read the machine's zone or language, so they are not among these.
_DIRECTIVE = re.compile(r"%(-?)(.)", re.DOTALL)
_TAG = re.compile(r"[a-z]{2}(?:-[a-z]{2})?")
_DIRECTIVES = frozenset("dfHIjmMSUwWyYzZ")
# These have names in each language; as pendulum writes them.
_NAMES = {"a": "ddd", "A": "dddd", "b": "MMM", "h": "MMM", "B": "MMMM", "p": "A"}
# These have a blank instead of the leading zero.
_PADDED = {"e": "d", "k": "H", "l": "I"}
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}
_UNITS = (*_SECONDS, "months", "years")
# Java's letters, which strtodate and strtotime take, as pendulum writes them.
_JAVA = {"y": "Y", "d": "D", "a": "A", "E": "d", "Z": "ZZ"}
_JAVA_RUN = re.compile(r"'([^']*)'|([A-Za-z])\2*")


def moment(value: Any) -> pendulum.DateTime:
    """Return the instant that a date, an ISO 8601 text or epoch milliseconds say."""
    if isinstance(value, datetime):
        return pendulum.instance(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return pendulum.datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return pendulum.from_timestamp(value / 1000)
    text = str(value)
    # Of `now`, and of a time without a day, pendulum would make something by the machine's clock.
    found = None if text == "now" else pendulum.parse(text, exact=True)
    if isinstance(found, date):
        return found if isinstance(found, pendulum.DateTime) else moment(found)
    raise TypeError("not an instant")


def date_text(
    value: Any, format: str = DEFAULT_FORMAT, timezone: str = "UTC", locale: str = "us"
) -> str:
    """Return a date by strftime directives in a zone; `%-d` leaves out the leading zero.

    The names of days and months are those of the locale. Raises ValueError for an unknown one.
    """
    instant, language = moment(value).in_timezone(timezone), _language(locale)
    return _DIRECTIVE.sub(lambda found: _directive(instant, found, language), format)


def _directive(instant: pendulum.DateTime, found: re.Match[str], language: str) -> str:
    if found[2] == "%":
        return "%"
    directive = _PADDED.get(found[2], found[2])
    if directive in _NAMES:
        return instant.format(_NAMES[directive], locale=language)
    if directive not in _DIRECTIVES:
        raise ValueError(f"%{found[2]} is not a directive")
    text = instant.strftime(f"%{directive}")
    bare = text.lstrip("0") or "0"
    return bare if found[1] else bare.rjust(2) if found[2] in _PADDED else text


@functools.lru_cache(maxsize=100)
def _language(locale: str) -> str:
    """Return the locale, or else the language, whose names are known."""
    for tag in tags_of("en" if locale.lower() == "us" else locale):
        # pendulum makes the name of a module of it.
        if _TAG.fullmatch(tag):
            with contextlib.suppress(ValueError):
                Locale.load(tag)
                return tag
    raise ValueError("not a locale whose names are known")


def between_times(begin: Any, end: Any, unit: str) -> int:
    """Return the whole units from one instant to the other, negative if it is earlier."""
    name, interval = _unit(unit), moment(begin).diff(moment(end), abs=False)
    if name in _SECONDS:
        return int(interval.total_seconds() / _SECONDS[name])
    return interval.in_months() if name == "months" else interval.in_years()


def plus_time(value: Any, count: int, unit: str = "days") -> datetime:
    """Return the instant so many units later."""
    return moment(value).add(**{_unit(unit): int(count)})


def minus_time(value: Any, count: int, unit: str = "days") -> datetime:
    """Return the instant so many units earlier."""
    return moment(value).subtract(**{_unit(unit): int(count)})


def strtodate(value: Any, format: str) -> datetime:
    """Return the instant that a text says in Java's letters, such as `yyyy-MM-dd`."""
    return pendulum.from_format(str(value), _JAVA_RUN.sub(_letters, format))


def unixtimestamp(value: Any) -> int:
    """Return milliseconds since 1970."""
    return round(moment(value).timestamp() * 1000)


def _letters(found: re.Match[str]) -> str:
    if found[1] is not None:
        return f"[{found[1]}]"
    return _JAVA.get(found[2], found[2]) * (1 if found[2] in "Za" else len(found[0]))


def _unit(name: str) -> str:
    unit = name.lower().removesuffix("s") + "s"
    if unit not in _UNITS:
        raise ValueError("not a unit of time")
    return unit
