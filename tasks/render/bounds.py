"""Bounds: no template works for ever, or writes without end, for one recipient."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context

LONGEST = 1_000_000  # characters of a text that a template makes
STEPS = 100_000  # passes of loops, calls, and a hundredth of the characters worked on
BUDGET = "budget left"  # a key of the context that no template can name
# Filters that no template can name.
EACH = "each pass"
PASSED = "literal of a pass"
PAIRS = "pairs of"
DEEPEST = 64  # levels of lists in lists

_HUGE = 4_096  # bits of a whole number that is made
_HUGEST = 16_384  # bits of one that is worked on; Python reads and prints no longer ones
_HASHED = 60  # bits up to which no two whole numbers have the same hash
_HASHED_UP_TO = 1 << _HASHED
_SMALL = frozenset({float, bool, type(None)})
_PASS = 10
_WORK = (nodes.For, nodes.Call, nodes.Macro, nodes.BinExpr, nodes.Assign, nodes.AssignBlock)
_WORK += (nodes.Concat, nodes.FilterBlock, nodes.Block, nodes.List, nodes.Tuple)  # type: ignore[assignment]
_FILTERS_IN_VIEW = 8
_SEVERAL = (list, tuple, KeysView, ValuesView, ItemsView)
# `%5000d`, widths that are arguments, and the same after a name: `%(name)5000d`.
_WIDTH = r"[-+ #0]*(?:[0-9]{4}|[0-9]*\.[0-9]{4}|\*|[0-9]*\.\*)"
_WIDE, _WIDE_NAMED = re.compile(f"%{_WIDTH}"), re.compile(f"[%)]{_WIDTH}")


class TooMuchWork(Exception):
    """A template took too many steps, or made too large a value, for one recipient."""


@dataclass(slots=True)
class Budget:
    """What one recipient has left: Jinja copies a context for a block, and both share this."""

    steps: int = STEPS
    depth: int = 0  # of calls in calls


def is_metered(template: nodes.Node) -> bool:
    """Tell whether a template can do more than its length shows, so that its steps are counted."""
    filters = sum(1 for _ in template.find_all(nodes.Filter))
    return filters > _FILTERS_IN_VIEW or template.find(_WORK) is not None  # type: ignore[arg-type]


def take(context: Context, steps: int) -> None:
    """Take steps from those that a recipient has left. Raises TooMuchWork."""
    budget: Budget = context.parent[BUDGET]
    budget.steps -= steps
    if budget.steps < 0:
        raise TooMuchWork


@pass_context
def each(context: Context, values: Iterable[Any], literal: int = 0) -> Iterator[Any]:
    """Yield values, a pass for each; `literal` characters are written in every one."""
    for value in values:
        take(context, _PASS + literal // 10)
        yield value


@pass_context
def passed(context: Context, value: Any, literal: int) -> Any:
    """Return a value, having taken steps for the literal characters of a pass."""
    take(context, literal // 10)
    return value


def pairs_of(values: Any) -> Any:
    """Return the pairs of a mapping for a loop over key and value; other values as they are."""
    return values.items() if isinstance(values, Mapping) else values


def weighed(context: Context, value: Any, *, times: int = 1) -> Any:
    """Return a value, having taken steps for its size, `times` for hard work on it."""
    steps = 1 if _is_small(value) else weight(value, context.parent[BUDGET].steps)
    take(context, times * steps)
    return value


def weight(value: Any, limit: int) -> int:
    """Return the steps for a value's size: as large as it looks, whatever it shares inside.

    Raises TooMuchWork for one beyond the limit, too long, or nested too deeply.
    """
    steps, level = 1, [value]
    for _ in range(DEEPEST):
        inner = list[Any]()
        for one in level:
            if _is_small(one):
                continue
            several = (*one, *one.values()) if isinstance(one, dict) else one
            # Linked data is no dict, which would look all of its answers up.
            is_several = isinstance(several, _SEVERAL)
            steps += len(several) if is_several else _own_weight(one)
            if steps > limit:
                raise TooMuchWork
            if is_several:
                inner.extend(several)
        if not inner:
            return steps
        level = inner
    raise TooMuchWork


def _is_small(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return len(value) < 100
    return kind in _SMALL or (kind is int and -_HASHED_UP_TO < value < _HASHED_UP_TO)


def _own_weight(value: Any) -> int:
    if isinstance(value, str):
        within(len(value))
        return len(value) // 100
    if isinstance(value, range):
        return len(value) // 10
    bits = value.bit_length() if isinstance(value, int) else 0
    if bits > _HUGEST:
        raise TooMuchWork
    # Many numbers of one hash would make every set of them a list to search.
    return bits // _HASHED * 20


def binary(operator: str, left: Any, right: Any) -> None:
    """Look at an operation before it is done. Raises TooMuchWork for what would be too large."""
    if operator == "%" and isinstance(left, str):
        _formatted(left, right)
    elif operator == "+":
        within(_size(left) + _size(right))
    elif isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else 0
        if max(bits, left.bit_length() + right.bit_length()) > _HUGE:
            raise TooMuchWork
    elif operator == "*":
        times = left if isinstance(left, int) else right
        within((_size(left) + _size(right)) * max(times, 1) if isinstance(times, int) else 0)


def _formatted(text: str, values: Any) -> None:
    """Look at a text with places: each a thousand wide, or with any value of a mapping in it."""
    if (_WIDE_NAMED if "%(" in text else _WIDE).search(text):
        raise TooMuchWork
    repeated = weight(values, LONGEST) * 100 if isinstance(values, Mapping) else 0
    within(text.count("%") * (1_000 + repeated))


def within(size: int) -> None:
    """Look at the size of a text or list before it is made. Raises TooMuchWork."""
    if size > LONGEST:
        raise TooMuchWork


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0
