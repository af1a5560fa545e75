"""Bounds: no template works for ever, or writes without end, for one recipient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context

LONGEST = 1_000_000  # characters of a text that a template makes
STEPS = 100_000  # passes of loops, calls, and a hundredth of the characters worked on
STEPS_LEFT = "steps left"  # a key of the context that no template can name
EACH = "each pass"  # a filter that no template can name
PAIRS = "pairs of"

_HUGE = 4_096  # bits of a whole number
_PASS = 10
_WORK = (nodes.For, nodes.Call, nodes.Macro, nodes.BinExpr, nodes.Assign, nodes.AssignBlock)
_WORK += (nodes.Concat, nodes.FilterBlock, nodes.Block, nodes.List, nodes.Tuple)  # type: ignore[assignment]
_FILTERS_IN_VIEW = 8


class TooMuchWork(Exception):
    """A template took too many steps, or made too large a value, for one recipient."""


def is_metered(template: nodes.Node) -> bool:
    """Tell whether a template can do more than its length shows, so that its steps are counted."""
    filters = sum(1 for _ in template.find_all(nodes.Filter))
    return filters > _FILTERS_IN_VIEW or template.find(_WORK) is not None  # type: ignore[arg-type]


def take(context: Context, steps: int) -> None:
    """Take steps from those that a recipient has left. Raises TooMuchWork."""
    left = context.parent.get(STEPS_LEFT, STEPS) - steps
    context.parent[STEPS_LEFT] = left
    if left < 0:
        raise TooMuchWork


@pass_context
def each(context: Context, values: Iterable[Any], literal: int) -> Iterator[Any]:
    """Yield values, a step for each; `literal` characters are written in every pass."""
    for value in values:
        take(context, _PASS + literal // 10)
        yield value


def pairs_of(values: Any) -> Any:
    """Return the pairs of a mapping for a loop over key and value; other values as they are."""
    return values.items() if isinstance(values, Mapping) else values


def weighed(context: Context, value: Any) -> Any:
    """Return a value, having taken steps for its size."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        take(context, 1 + (len(one) // 100 if isinstance(one, str) else 0))
        if isinstance(one, dict):  # not linked data, which would look all of its answers up
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)
    return value


def binary(operator: str, left: Any, right: Any) -> None:
    """Look at an operation before it is done. Raises TooMuchWork for what would be too large."""
    if operator == "%" and isinstance(left, str):
        _within(left.count("%") * 100)
        if any(len(run) > 3 for run in _digits(left)) or "*" in left:
            raise TooMuchWork
    elif operator == "+":
        _within(_size(left) + _size(right))
    elif isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else 0
        if max(bits, left.bit_length() + right.bit_length()) > _HUGE:
            raise TooMuchWork
    elif operator == "*":
        times = left if isinstance(left, int) else right
        _within((_size(left) + _size(right)) * max(times, 1) if isinstance(times, int) else 0)


def _within(size: int) -> None:
    if size > LONGEST:
        raise TooMuchWork


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


def _digits(text: str) -> list[str]:
    return "".join(one if one.isdigit() else " " for one in text).split()
