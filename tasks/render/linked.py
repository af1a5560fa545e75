"""Linked data as templates see it: which answers a recipient's message asks for, and their values.

Rendering does no I/O. A look-up whose answer is not at hand is remembered and finds nothing;
whoever fetches it renders again, until nothing is asked for any more. So only what is really looked
up is fetched, whatever conditions, loops and variables lead to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote

from tasks.render.request import Suppressed

# Stands in a written URL for each `{}`; a text that holds one by itself is no URL.
HOLE = "\x00"


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """One service, ready to be asked: its headers hold secrets in clear.

    `timeout` and `cache_seconds` are seconds; `parameters` is the number of values that a template
    gives; `default` stands for an answer that is null or never came.
    """

    name: str
    method: str
    headers: tuple[tuple[str, str], ...]
    parameters: int
    timeout: float
    cache_seconds: float
    default: Any


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """An answer that a template looked up: whom to ask for what, and what names it.

    The key tells nothing of the URL, which may hold secrets and personal data.
    """

    source: Source
    url: str
    key: str


# Writes the URL of a source for one recipient, a HOLE for each parameter.
WriteUrl = Callable[[str], str | Suppressed]
# Makes of a written URL the one that is requested, or tells why it is none.
Normalise = Callable[[str], str | Suppressed]


class LinkedView(Mapping[str, Any]):
    """What one recipient's templates see as `linkedData`; names with _ are hidden from them."""

    __slots__ = ("_answers", "_asked", "_normalise", "_sources", "_used", "_write_url")

    def __init__(
        self,
        sources: Mapping[str, Source],
        answers: Mapping[str, Any],
        *,
        write_url: WriteUrl,
        normalise: Normalise,
    ) -> None:
        """Take the answers at hand, by their keys."""
        self._sources = sources
        self._answers = answers
        self._write_url = write_url
        self._normalise = normalise
        self._asked: dict[str, Asked] = {}
        self._used: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a source's answer, or what takes its parameters. Raises KeyError for neither."""
        source = self._sources[name]
        return _Parameters(self, source, ()) if source.parameters else self._answer(source, ())

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    # A mapping is compared by its contents, which would look all of them up.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return "linked data"

    def __str__(self) -> str:
        raise TypeError("linked data as a whole")

    def _answer(self, source: Source, values: Sequence[Any]) -> Any:
        url = self._url(source, values)
        if isinstance(url, Suppressed):
            return source.default
        key = key_of(source.name, url)
        if key not in self._answers:
            self._asked[key] = Asked(source, url, key)
            return None
        answer = self._used[key] = self._answers[key]
        return source.default if answer is None else answer

    def _url(self, source: Source, values: Sequence[Any]) -> str | Suppressed:
        written = self._write_url(source.name)
        if isinstance(written, Suppressed):
            return written
        parts = written.split(HOLE)
        if len(parts) != len(values) + 1:
            return Suppressed("url: control character")
        filled = parts[:1]
        for value, part in zip(values, parts[1:], strict=True):
            text = _as_text(value)
            if text is None:
                return Suppressed("url: a parameter is missing")
            filled += [quote(text, safe=""), part]
        return self._normalise("".join(filled))


class _Parameters(Mapping[str, Any]):
    """A source that waits for its parameters: `linkedData.quotes['ACME']`."""

    __slots__ = ("_source", "_values", "_view")

    def __init__(self, view: LinkedView, source: Source, values: tuple[Any, ...]) -> None:
        self._view = view
        self._source = source
        self._values = values

    def __getitem__(self, value: Any) -> Any:
        values = (*self._values, value)
        if len(values) < self._source.parameters:
            return _Parameters(self._view, self._source, values)
        return self._view._answer(self._source, values)

    def __contains__(self, value: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "linked data"

    def _refuse(self) -> NoReturn:
        raise TypeError("linked data that lacks its parameter")

    __iter__ = __len__ = __str__ = _refuse
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return True


class NoAnswers(Mapping[str, Any]):
    """Stands for answers where nothing is fetched: every one of them is at hand, and null."""

    def __getitem__(self, key: str) -> None:
        """Return null."""

    def __contains__(self, key: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def asked(view: LinkedView) -> list[Asked]:
    """Return what was looked up so far and is not at hand."""
    return list(view._asked.values())


def used(view: LinkedView) -> dict[str, Any]:
    """Return the answers that were looked up so far, by their keys: what has to be frozen."""
    return dict(view._used)


def key_of(name: str, url: str) -> str:
    """Return what names the answer of a source at a URL: 32 hex digits."""
    return hashlib.sha256(f"{name} {url}".encode(errors="surrogatepass")).hexdigest()[:32]


def _as_text(value: Any) -> str | None:
    """Return a parameter as URLs carry it; None for one that is missing or is no plain value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None
