"""What templates call."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes, pass_environment
from jinja2.environment import Environment
from jinja2.filters import FILTERS
from jinja2.utils import Cycler, Joiner, Namespace

from tasks.render import dates
from tasks.render.bounds import TooMuchWork
from tasks.render.printing import bounded_range, today

_LONGEST_LIST = 10_000


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "cycler": Cycler,
    "joiner": Joiner,
    "namespace": Namespace,
    "dict": dict,
    "range": bounded_range,
    "today": today,
    "datetimeformat": dates.date_text,
    "unixtimestamp": dates.unixtimestamp,
    "strtotime": dates.strtodate,
    "strtodate": dates.strtodate,
    "truncate": FILTERS["truncate"],
    "type": lambda value: type(value).__name__,
}


def uncalled(template: nodes.Template) -> list[nodes.Name]:
    """Return where a template names a function without calling it, having set no such variable."""
    names = list(template.find_all(nodes.Name))
    called = {id(call.node) for call in template.find_all(nodes.Call)}
    theirs = {name.name for name in names if name.ctx in {"store", "param"}}
    return [
        name
        for name in names
        if name.name in FUNCTIONS and name.name not in theirs and id(name) not in called
    ]


@pass_environment
def attribute(environment: Environment, value: Any, name: str) -> Any:
    """Return an attribute as `value.name` does."""
    return environment.getattr(value, str(name))


def _listed(filter_: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(filter_)
    def listed(*arguments: Any, **named: Any) -> Any:
        found = filter_(*arguments, **named)
        if isinstance(found, str | list):
            return found
        values = list(itertools.islice(found, _LONGEST_LIST + 1))
        if len(values) > _LONGEST_LIST:
            raise TooMuchWork
        return values

    return listed


def listing(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Return the filters that would give an iterator, giving lists of up to ten thousand values."""
    return {name: _listed(filters.get(name, FILTERS[name])) for name in _LAZY}


_LAZY: tuple[str, ...] = (
    "batch",
    "items",
    "map",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
)
_LAZY += ("slice", "unique")
