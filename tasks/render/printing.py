"""What templates print and call: plain values, chance that repeats itself, the run's own day."""

from __future__ import annotations

import hashlib
from collections.abc import ItemsView, KeysView, Mapping, Sequence, ValuesView
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context

from tasks.render import dates
from tasks.render.bounds import TooMuchWork
from tasks.render.json_text import digits, json_text
from tasks.render.missing import Missing, MissingValue

# Keys of the context that no template can name, for they are no identifiers.
WEBHOOK_ID = "webhook id"
CHANCES = "chances taken"

_INTEGRAL_UP_TO = 1e15
_LONGEST_RANGE = 10_000


def printed(value: Any) -> str:
    """Return a value as messages print it. Raises MissingValue for null, TypeError for code."""
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    if value is None:
        raise MissingValue
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _INTEGRAL_UP_TO:
        return str(int(value))
    if isinstance(value, date | time):
        return value.isoformat()
    return str(plain_inside(value))


class _Bare(str):
    """A number as it is printed, in a list, too."""

    __slots__ = ()

    __repr__ = str.__str__


def plain_inside(value: Any) -> Any:
    """Return a value whose text is the same whenever it is printed.

    Raises MissingValue for one that holds what is missing, TypeError for one that holds code.
    """
    if isinstance(value, list | tuple | range | ValuesView | KeysView | ItemsView):
        values = [plain_inside(one) for one in value]
        return tuple(values) if isinstance(value, tuple) else values
    if isinstance(value, dict):
        return {plain_inside(key): plain_inside(one) for key, one in value.items()}
    if isinstance(value, Undefined):
        return str(value)  # which raises, but for an inline `if` without `else`
    if isinstance(value, Decimal):
        return _Bare(digits(value) if value.is_finite() else value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID):
        return str(value)
    # Anything else prints what only Python knows, such as an address in memory.
    if isinstance(value, str | int | float | Mapping):
        return value
    raise TypeError("code is not printed")


def bounded_range(*bounds: int) -> range:
    """Return a range of at most ten thousand numbers."""
    numbers = range(*bounds)
    if len(numbers) > _LONGEST_RANGE:
        raise OverflowError
    return numbers


@pass_context
def today(context: Context) -> datetime:
    """Return the midnight (UTC) before the start of the run."""
    return dates.moment(context.resolve("now")).start_of("day")


@pass_context
def choice(context: Context, values: Sequence[Any]) -> Any:
    """Return one of the values, the same one whenever this webhook is rendered."""
    return values[_drawn(context, len(values))] if values else Missing()


@pass_context
def shuffled(context: Context, values: Sequence[Any]) -> list[Any]:
    """Return the values in an order of chance, the same whenever this webhook is rendered."""
    left = list(values)
    if len(left) > 1_000:
        raise TooMuchWork
    return [left.pop(_drawn(context, len(left))) for _ in values]


def _drawn(context: Context, count: int) -> int:
    taken = context.parent.get(CHANCES, 0)
    context.parent[CHANCES] = taken + 1
    seed = f"{context.parent[WEBHOOK_ID]}:{taken}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.sha256(seed).digest()[:8]) % count


def to_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON text. Raises MissingValue, and ValueError for NaN and infinity."""
    if indent is not None and not 0 <= indent <= 8:
        raise TooMuchWork
    return json_text(value, indent=indent)
