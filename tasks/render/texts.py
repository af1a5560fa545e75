"""Filters of texts: what is no text yet is one as messages print it, not as Python does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from decimal import Decimal
from pprint import pformat
from typing import Any

from jinja2.utils import _PassArg

from tasks.render.missing import is_null
from tasks.render.printing import plain_inside, printed

_OF_TEXTS = frozenset(
    {"capitalize", "center", "cut", "e", "escape", "escapejs", "escapejson", "forceescape"}
    | {"format", "indent", "ipaddr", "lower", "md5", "regex_replace", "replace", "safe", "split"}
    | {"string", "striptags", "title", "trim", "truncate", "truncatehtml", "unescape_html"}
    | {"upper", "urldecode", "urlize", "wordcount", "wordwrap"}
)


def of_texts(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Return those of the filters that work on texts, given texts."""
    of_pairs = {"urlencode": _text_or_pairs, "xmlattr": _attributes}
    as_given = dict.fromkeys(_OF_TEXTS, _text) | of_pairs
    return {name: _given(filters[name], made) for name, made in as_given.items()}


def modulo(left: Any, right: Any) -> Any:
    """Return a text with values put into its places, or what is left of a division."""
    return left % _placed(right) if isinstance(left, str) else left % right


def pretty(value: Any) -> str:
    """Return a value over several lines."""
    return pformat(plain_inside(value))


def _given(filter_: Callable[..., Any], as_given: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a filter whose value is made what it works on."""
    place = 0 if _PassArg.from_obj(filter_) is None else 1

    @functools.wraps(filter_)
    def given(*arguments: Any, **named: Any) -> Any:
        value = as_given(arguments[place])
        return filter_(*arguments[:place], value, *arguments[place + 1 :], **named)

    return given


def _text(value: Any) -> str:
    return value if isinstance(value, str) else printed(value)


def _attributes(value: Mapping[str, Any]) -> dict[str, str]:
    """Return those that have a value, as Jinja does."""
    return {key: _text(one) for key, one in value.items() if not is_null(one)}


def _text_or_pairs(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_text(key): _text(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [(_text(key), _text(one)) for key, one in value]
    return _text(value)


def _placed(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_placed(one) for one in value)
    if isinstance(value, dict):
        return {key: _placed(one) for key, one in value.items()}
    # Numbers stay what they are, for `%d`; Python takes truth values for some.
    is_number = isinstance(value, int | float | Decimal) and type(value) is not bool
    return value if is_number else printed(value)
