"""The values a rule compares with: numbers, exact and relative dates, as an author writes them."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, cast, get_args

Scalar = bool | int | float | str
Version = tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]]
Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]
UNITS: tuple[Unit, ...] = get_args(Unit)

# Only what RE2 knows too: whole columns are matched with the same patterns.
NUMBER_TEXT = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
PLAIN_NUMBER_TEXT = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
ZONE_TEXT = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
DATE_TEXT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    rf"(?:[T ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,9}})?)?{ZONE_TEXT}?)?"
)
_VERSION = re.compile(
    r"[vV]?(?P<numbers>[0-9]{1,18}(?:\.[0-9]{1,18})*)"
    r"(?P<early>-?[A-Za-z][0-9A-Za-z.-]*|-[0-9][0-9A-Za-z.-]*)?"
    r"(?:\+[0-9A-Za-z.-]+| ?\([^()]*\))?",
    re.ASCII,
)
_AGO_TEXT = re.compile(r"([0-9]{1,9}) (minute|hour|day|week|month|year)s? ago")
_DAYS: dict[Unit, float] = {
    "minutes": 1 / 1440,
    "hours": 1 / 24,
    "days": 1,
    "weeks": 7,
    "months": 31,
    "years": 366,
}
_LONGEST_DAYS = 366 * 1000


@dataclass(frozen=True, slots=True)
class Ago:
    """A relative date: so many units before the run's start."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """Return the text an author would write: `7 days ago`."""
        return f"{self.count} {self.unit} ago"


def written(value: Any) -> Scalar:
    """Return one value as a scalar: a date becomes ISO 8601 text, `{ago: 7, unit: days}` a text.

    Raises ValueError for anything that is no value of a rule.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a value must be a finite number, not {value}")
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict) and set(value) == {"ago", "unit"}:
        return _relative(value["ago"], value["unit"])
    raise ValueError(f"a value is a text, a number, true or false, or a date, not {_shown(value)}")


def number(value: Scalar) -> int | float | None:
    """Return the number that a number or a text is, or None; true and false are no numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if not re.fullmatch(NUMBER_TEXT, text):
            return None
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,308}", text) else float(text)
    return value if abs(value) <= sys.float_info.max else None


def plain_number(value: Scalar) -> int | float | None:
    """Return the number that `is` may compare; a text has no leading zero, no +, no exponent."""
    if isinstance(value, str) and not re.fullmatch(PLAIN_NUMBER_TEXT, value):
        return None
    found = number(value)
    return int(found) if isinstance(found, float) and found.is_integer() else found


def number_text(value: float) -> str:
    """Return the shortest decimal text of a number, without an exponent or a trailing `.0`."""
    text = format(Decimal(repr(value or 0)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(value: Scalar) -> Ago | datetime | None:
    """Return the relative or exact date that a text is (naive when it names no zone), or None."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if found := _AGO_TEXT.fullmatch(text):
        ago = Ago(int(found[1]), cast(Unit, found[2] + "s"))
        return ago if ago.count * _DAYS[ago.unit] <= _LONGEST_DAYS else None
    if not re.fullmatch(DATE_TEXT, text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def share(value: Scalar) -> float | None:
    """Return the percentage (0 to 100) that `10`, `"10%"` or `"10 %"` is, or None."""
    found = number(value.strip().removesuffix("%")) if isinstance(value, str) else number(value)
    return float(found) if found is not None and 0 <= found <= 100 else None


def version(value: Scalar) -> Version | None:
    """Return what a version sorts by: `10.2` after `9.9`, `2.0` as `2`, `2.0-beta.1` before `2.0`.

    A `v` before it, a build (`+7`, `(1234)`) behind it and the case of letters tell nothing apart.
    """
    if isinstance(value, bool) or not (found := _VERSION.fullmatch(str(value).strip())):
        return None
    numbers = [int(one) for one in found["numbers"].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    early = (found["early"] or "").strip(".-").lower()
    return tuple(numbers), not early, tuple(map(_stage, re.split(r"[.-]", early)))


def _stage(part: str) -> tuple[int, int, str]:
    """Return what a part of a pre-release sorts by: numbers by size, before words."""
    return (0, int(part), "") if part.isdecimal() else (1, 0, part)


def _relative(count: Any, unit: Any) -> str:
    units = f"{unit}".removesuffix("s") + "s"
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"'ago' takes a whole number of units, not {_shown(count)}")
    if units not in UNITS:
        raise ValueError(f"'unit' is one of {', '.join(UNITS)}, not {_shown(unit)}")
    return str(Ago(count, units))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
