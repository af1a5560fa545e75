"""JSON text of plain values; decimal numbers keep each of their digits."""

from __future__ import annotations

import json
import math
import re
from collections.abc import ItemsView, KeysView, ValuesView
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jinja2 import Undefined

SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")

# Python's json writes what is no number in JSON only outside of its texts.
_TEXT_OR_NO_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*+"|NaN|-?Infinity')
_LONGEST_WITHOUT_EXPONENT = 30

encode = json.JSONEncoder(ensure_ascii=False).encode


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON text.

    Raises MissingValue for what is missing, ValueError for NaN and infinity, and TypeError for what
    JSON cannot hold.
    """
    decimals: list[str] = []

    def plain(one: Any) -> Any:
        if not isinstance(one, Decimal):
            return _plain(one)
        decimals.append(digits(one))
        return math.nan  # json takes no number but its own, so this one is put in its place

    text = json.dumps(value, indent=indent, ensure_ascii=False, default=plain)
    if not decimals and "NaN" not in text and "Infinity" not in text:
        return text
    left = iter(decimals)

    def number(found: re.Match[str]) -> str:
        if found[0].startswith('"'):
            return found[0]
        written = next(left, None) if found[0] == "NaN" else None
        if written is None:
            raise ValueError("not a number of JSON")
        return written

    return _TEXT_OR_NO_NUMBER.sub(number, text)


def digits(number: Decimal) -> str:
    """Return a decimal number with all its digits. Raises ValueError for NaN and infinity."""
    if not number.is_finite():
        raise ValueError("not a number of JSON")
    is_short = abs(number.adjusted()) < _LONGEST_WITHOUT_EXPONENT
    return f"{number:f}" if is_short else str(number)


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID):
        return str(value)
    if isinstance(value, Undefined):
        return str(value)  # which raises, but for an inline `if` without `else`
    if isinstance(value, range | KeysView | ValuesView | ItemsView):
        return list(value)
    raise TypeError("a value that JSON cannot hold")
