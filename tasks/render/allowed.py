"""Which attributes and methods templates may read: a short list for each kind, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from jinja2.filters import _GroupTuple
from jinja2.runtime import LoopContext, Macro
from jinja2.utils import Cycler

# Dates offer what describes them; what reads the machine's clock or zone is not among it.
_OF_TIMES = frozenset({"hour", "minute", "second", "microsecond", "isoformat"})
_OF_DATES = _OF_TIMES | frozenset(
    {"year", "month", "day", "date", "time", "weekday", "isoweekday", "strftime", "timestamp"}
)
# What templates may call on texts; `replace` and `join` are filters, whose size is looked at.
_OF_TEXTS = frozenset(
    {"lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip", "split", "rsplit"}
    | {"splitlines", "startswith", "endswith", "find", "count", "index", "isdigit", "isalpha"}
)
_OF_LISTS = frozenset({"index", "count"})
_OF_LOOPS = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"}
    | {"cycle", "changed", "previtem", "nextitem"}
)

_BY_KIND: tuple[tuple[type, frozenset[str]], ...] = (
    (str, _OF_TEXTS),
    (Mapping, frozenset({"get", "items", "keys", "values"})),
    (_GroupTuple, _OF_LISTS | {"grouper", "list"}),
    (list, _OF_LISTS),
    (tuple, _OF_LISTS),
    (date, _OF_DATES),
    (time, _OF_TIMES),
    (LoopContext, _OF_LOOPS),
    (Cycler, frozenset({"next", "reset", "current"})),
    (Macro, frozenset({"name", "arguments"})),
)


def is_allowed(obj: Any, name: str) -> bool:
    """Tell whether templates may read an attribute."""
    return any(isinstance(obj, kind) and name in names for kind, names in _BY_KIND)
