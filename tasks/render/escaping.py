"""Escape a value by where it is printed: in a URL, a form or JSON."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from datetime import date, time
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from tasks.render.json_text import SCALAR, encode, json_text

Place = Literal["url", "form", "json", "text"]

# Names of filters; no identifiers, so no template can name them.
IN_URL, IN_FORM, IN_QUOTES = "in a URL", "in a form", "in JSON in a URL"
IN_JSON_TEXT, AS_JSON, AS_WRITTEN, WRITTEN = "in a JSON text", "as JSON", "as written", "written"


_SEVERAL = (Mapping, list, tuple, range, KeysView, ValuesView, ItemsView)


class Written(str):
    """JSON that a macro or a `set` block wrote, the values in it escaped."""

    __slots__ = ()


def filters(printed: Callable[[Any], str]) -> Iterator[tuple[str, Callable[[Any], str]]]:
    """Yield the filters by name; `printed` writes a value as messages print it."""
    yield IN_URL, lambda value: quote(printed(value), safe="")
    yield IN_FORM, lambda value: quote_plus(printed(value))
    yield IN_QUOTES, lambda value: quote(encode(printed(value))[1:-1], safe="")
    yield IN_JSON_TEXT, lambda value: encode(printed(value))[1:-1]
    yield AS_JSON, lambda value: _as_json(value, printed(value))
    yield AS_WRITTEN, lambda value: _as_json(value, printed(value))
    yield WRITTEN, Written


def _as_json(value: Any, text: str) -> str:
    """Return a value that stands outside quotes: numbers as they are, other texts quoted."""
    if isinstance(value, Written):
        return text
    if isinstance(value, _SEVERAL):
        return json_text(value)
    if isinstance(value, date | time) or not SCALAR.fullmatch(text):
        return encode(text)
    return text
