"""The body: a flat JSON object, a form, or one text; and a form as the query of a GET."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote_plus

from jinja2.runtime import Context

from tasks.render.field import Text
from tasks.render.request import Suppressed

NOT_UTF8 = "not text that UTF-8 can carry"


@dataclass(frozen=True, slots=True)
class Notation:
    """How pairs of texts are written down."""

    opening: str
    between: str
    after: str
    closing: str
    encode: Callable[[str], str]
    names_differ: bool


JSON_OBJECT = Notation("{", ":", ",", "}", json.JSONEncoder(ensure_ascii=False).encode, True)
FORM = Notation("", "=", "&", "", quote_plus, False)


@dataclass(frozen=True, slots=True, repr=False)
class Pairs:
    """Names and values in one notation: what is the same for all recipients is joined already."""

    opening: str
    varying: tuple[tuple[Text, str], ...]  # a text, and the literal that follows it
    notation: Notation
    checks_names: bool

    def write(self, context: Context) -> str | Suppressed:
        """Return the pairs of one recipient."""
        encode = self.notation.encode
        parts = [self.opening]
        for text, following in self.varying:
            value = text.write(context)
            if isinstance(value, Suppressed):
                return value
            try:
                parts.append(encode(value))
            except UnicodeEncodeError:
                return Suppressed.of(text.name, NOT_UTF8)
            parts.append(following)
        written = "".join(parts)
        if self.checks_names and _repeats_a_name(written):
            return Suppressed("data: two names are the same")
        return written


def pairs(texts: Sequence[tuple[Text, Text]], notation: Notation) -> Pairs:
    """Lay out names and values. Raises UnicodeEncodeError for a text that is none."""
    literals, varying = [notation.opening], list[Text]()
    names = [name.fixed for name, _ in texts]

    def add(text: Text, following: str) -> None:
        if text.fixed is None:
            varying.append(text)
            literals.append(following)
        else:
            literals[-1] += notation.encode(text.fixed) + following

    for place, (name, value) in enumerate(texts, start=1):
        add(name, notation.between)
        add(value, notation.after if place < len(texts) else "")
    literals[-1] += notation.closing
    return Pairs(
        opening=literals[0],
        varying=tuple(zip(varying, literals[1:], strict=True)),
        notation=notation,
        # Names that a template or a placeholder made may be the same in the end.
        checks_names=notation.names_differ and (None in names or len(set(names)) < len(names)),
    )


def encoded(text: str, *, name: str) -> bytes | Suppressed:
    """Return the text as UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return Suppressed.of(name, NOT_UTF8)


def check_json(text: str, *, is_whole: bool) -> Suppressed | None:
    """Return why a rendered body is not JSON, by place and without what stands there.

    The column is told of a body that is the same for all: elsewhere it depends on the length of
    values, and reports count recipients by their reasons.
    """
    try:
        # Numbers are only looked over: converting a very long one would fail.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Suppressed(
            f"body: not JSON: {error.msg} at line {error.lineno}"
            + (f" column {error.colno}" if is_whole else "")
        )
    except (ValueError, RecursionError):
        return Suppressed("body: not JSON: NaN, an infinity, or too many levels")
    return None


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _repeats_a_name(written: str) -> bool:
    found = json.loads(written, object_pairs_hook=lambda each: [name for name, _ in each])
    return len(set(found)) < len(found)
