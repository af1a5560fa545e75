"""The filters and tests of Leanplum's language that plain Jinja lacks, and the ones made safe."""

from __future__ import annotations

import hashlib
import html
import ipaddress
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from jinja2 import Environment, pass_environment, pass_eval_context
from jinja2.filters import FILTERS, make_attrgetter, sync_do_slice
from jinja2.nodes import EvalContext

from tasks.render import dates, patterns, sets
from tasks.render.bounds import TooMuchWork, binary, within
from tasks.render.printing import printed
from tasks.render.texts import modulo, pretty

_WIDEST = 1_000
_HTML = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>")


def add(value: Any, number: Any) -> Any:
    """Return the sum of two numbers, written as texts or not."""
    return _number(value) + _number(number)


def multiply(value: Any, by: Any) -> Any:
    """Return the product of two numbers, written as texts or not."""
    first, second = _number(value), _number(by)
    binary("*", first, second)
    return first * second


def divide(value: Any, by: Any) -> float:
    """Return the quotient."""
    return float(_number(value) / _number(by))


def root(value: Any, degree: Any = 2) -> float:
    """Return the square root, or another one."""
    return float(_number(value) ** (1 / _number(degree)))


def logarithm(value: Any, base: Any = None) -> float:
    """Return the natural logarithm, or the one to a base."""
    return math.log(_number(value)) if base is None else math.log(_number(value), _number(base))


def divisible(value: Any, by: Any) -> bool:
    """Tell whether a number divides another without a rest."""
    return bool(_number(value) % _number(by) == 0)


def truth(value: Any) -> bool:
    """Return what a text says: true, 1, yes and on are true."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1", "yes", "on"}
    return bool(value)


def cut(value: Any, part: str) -> str:
    """Return a text without a part."""
    return str(value).replace(part, "")


def split(value: Any, separator: str = " ", limit: int = 0) -> list[str]:
    """Return the pieces of a text, at most `limit` of them, without blanks around them."""
    pieces = str(value).split(separator, limit - 1 if limit > 0 else -1)
    return [piece.strip() for piece in pieces]


def digest(value: Any) -> str:
    """Return the MD5 of a text, in hexadecimal: a name for it, and no protection."""
    return hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest()


def escapejs(value: Any) -> str:
    """Return a text as it stands between quotes in JavaScript."""
    written = json.dumps(str(value))[1:-1]
    for sign in "'<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


def escapejson(value: Any) -> str:
    """Return a text as it stands between quotes in JSON."""
    return json.dumps(str(value), ensure_ascii=False)[1:-1]


def is_address(value: Any) -> bool:
    """Tell whether a text is an IP address."""
    try:
        ipaddress.ip_address(str(value).strip())
    except ValueError:
        return False
    return True


def truncatehtml(value: Any, length: int = 255, end: str = "...") -> str:
    """Return HTML cut to so many characters of text, its open tags closed."""
    parts, open_tags, left = list[str](), list[str](), length
    for piece in _HTML.findall(str(value)):
        tag = _TAG.match(piece)
        if tag and tag[1]:
            open_tags = open_tags[:-1]
        elif tag:
            open_tags.append(tag[2])
        elif len(piece) > left:
            parts.append(piece[:left] + end)
            break
        else:
            left -= len(piece)
        parts.append(piece)
    return "".join(parts) + "".join(f"</{tag}>" for tag in reversed(open_tags))


def _number(value: Any) -> float | int:
    if isinstance(value, int | float):
        return value
    text = str(value).strip()
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _of_width(name: str, places: Sequence[int], names: Sequence[str]) -> Callable[..., Any]:
    """Return a filter of Jinja that refuses an argument which would make its text too wide."""
    wrapped = sync_do_slice if name == "slice" else FILTERS[name]

    def within(value: Any, *arguments: Any, **named: Any) -> Any:
        given = [arguments[place] for place in places if place < len(arguments)]
        given += [named[each] for each in names if each in named]
        if any(isinstance(one, int) and abs(one) > _WIDEST for one in given):
            raise TooMuchWork
        if any(isinstance(one, str) and len(one) > 100 for one in given):
            raise TooMuchWork
        return wrapped(value, *arguments, **named)

    return within


def _replace(value: Any, old: str, new: str, count: int = -1) -> str:
    text = str(value)
    within(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    return text.replace(old, new, -1 if count is None else count)


def _format(value: Any, *arguments: Any) -> str:
    binary("%", str(value), arguments)
    return str(modulo(str(value), arguments))


@pass_eval_context
def _join(context: EvalContext, value: Any, d: str = "", attribute: Any = None) -> Any:
    """Join as Jinja does, a separator of a hundred characters at most."""
    if len(str(d)) > 100:
        raise TooMuchWork
    if attribute is not None:
        value = map(make_attrgetter(context.environment, attribute), value)
    return FILTERS["join"](context, map(printed, value), printed(d))


@pass_environment
def _wordwrap(environment: Environment, value: Any, width: int = 79) -> Any:
    return FILTERS["wordwrap"](environment, value, max(1, width), wrapstring="\n")


FILTERS_OF_MESSAGES: Mapping[str, Callable[..., Any]] = {
    "add": add,
    "multiply": multiply,
    "divide": divide,
    "divisible": divisible,
    "root": root,
    "log": logarithm,
    "bool": truth,
    "cut": cut,
    "split": split,
    "md5": digest,
    "escapejs": escapejs,
    "escapejson": escapejson,
    "fromjson": lambda value: json.loads(str(value)),
    "ipaddr": is_address,
    "regex_replace": patterns.regex_replace,
    "truncatehtml": truncatehtml,
    "unescape_html": lambda value: html.unescape(str(value)),
    "urldecode": lambda value: unquote_plus(str(value)),
    "union": sets.union,
    "intersect": sets.intersect,
    "difference": sets.difference,
    "symmetric_difference": sets.symmetric_difference,
    "date": dates.date_text,
    "datetimeformat": dates.date_text,
    "between_times": dates.between_times,
    "plus_time": dates.plus_time,
    "minus_time": dates.minus_time,
    "strtodate": dates.strtodate,
    "strtotime": dates.strtodate,
    "unixtimestamp": dates.unixtimestamp,
    "center": _of_width("center", [0], ["width"]),
    "indent": _of_width("indent", [0], ["width"]),
    "batch": _of_width("batch", [0], ["linecount"]),
    "slice": _of_width("slice", [0], ["slices"]),
    "format": _format,
    "join": _join,
    "pprint": pretty,
    "wordwrap": _wordwrap,
    "replace": _replace,
    "round": lambda value, precision=0, method="common": FILTERS["round"](
        value, max(-15, min(15, precision)), method
    ),
}

TESTS_OF_MESSAGES: Mapping[str, Callable[..., bool]] = {
    "string_containing": lambda value, part: part in str(value),
    "string_startingwith": lambda value, part: str(value).startswith(part),
    "containing": lambda value, part: part in value,
    "containing_all": sets.containing_all,
    "within": lambda value, values: value in values,
    "truthy": truth,
    "equalto": lambda value, other: value == other,
}
