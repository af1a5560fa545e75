"""What templates print and call: plain values, chance that repeats itself, the run's own day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import ItemsView, Iterator, KeysView, Sequence, ValuesView
from datetime import date, datetime, time
from typing import Any

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from jinja2.utils import Cycler, Namespace

from tasks.render import dates
from tasks.render.bounds import TooMuchWork
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
    return str(_plain_inside(value))


def _plain_inside(value: Any) -> Any:
    """Return a value whose text is the same whenever it is printed.

    Raises MissingValue for one that holds what is missing, TypeError for one that holds code.
    """
    if isinstance(value, list | tuple | ValuesView | KeysView | ItemsView):
        values = [_plain_inside(one) for one in value]
        return tuple(values) if isinstance(value, tuple) else values
    if isinstance(value, dict):
        return {_plain_inside(key): _plain_inside(one) for key, one in value.items()}
    if isinstance(value, Undefined):
        return str(value)  # which raises, but for an inline `if` without `else`
    # These print their address in memory, which differs from one attempt to the next.
    if callable(value) or isinstance(value, Iterator | Cycler | Namespace):
        raise TypeError("code is not printed")
    return value.isoformat() if isinstance(value, date | time) else value


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
    return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Undefined):
        return str(value)
    raise TypeError("a value that JSON cannot hold")
