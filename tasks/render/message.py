"""Compile a message for one run: every text parsed and checked, what never changes written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import unquote

from blocks.linked_data import LinkedData
from blocks.message import JSON, Message
from blocks.message_secrets import PLACEHOLDER
from blocks.mistake import AuthorMistake, Fault
from tasks.render.body import FORM, JSON_OBJECT, NOT_UTF8, Notation, Pairs, pairs
from tasks.render.compiled import Address, CompiledMessage, Content, localized
from tasks.render.environment import MessageEnvironment
from tasks.render.escaping import Place
from tasks.render.field import (
    EMPTY,
    Language,
    Text,
    TextFaults,
    compile_text,
    fault_of,
    new_context,
)
from tasks.render.headers import Headers, basic, header_value, headers
from tasks.render.linked_sources import (
    CompiledLinked,
    compile_linked,
    names_linked_data,
    unknown_sources,
)
from tasks.render.locales import LOCALE_VARIABLES, Variant
from tasks.render.placeholders import MaskedEnvironment
from tasks.render.request import Suppressed
from tasks.render.url import complete, literal_origin, normalise

__all__ = ["CompiledMessage", "compile_message"]

T = TypeVar("T")


def compile_message(
    message: Message,
    *,
    environ: Mapping[str, str],
    now: datetime | float,
    campaign: str = "",
    linked_data: Sequence[LinkedData] = (),
    built_in: Mapping[str, str] = MappingProxyType({}),
) -> CompiledMessage:
    """Compile a message for the run that started at `now` (aware, or epoch seconds).

    `linked_data` are the services that its templates may name, `built_in` the columns of built-in
    variables whose column has another name. `environ` gives the values of
    `${NAME}`; with a MaskedEnvironment the requests are only to be shown. Raises AuthorMistake with
    every fault that was found.
    """
    instant = now if isinstance(now, datetime) else datetime.fromtimestamp(now, UTC)
    environment = _environment(tuple(sorted(built_in.items())))
    variables = {**environment.globals, "now": instant, "campaign": campaign}
    language = Language(environment, environ, variables)
    if message.locales:
        return _localized(message, language, linked_data)
    return _compiled(message, language, linked_data)


def _compiled(
    message: Message, language: Language, linked_data: Sequence[LinkedData]
) -> CompiledMessage:
    compilation = _Compilation(message, language)
    compilation.link(linked_data)
    return compilation.compiled()


def _localized(
    message: Message, language: Language, linked_data: Sequence[LinkedData]
) -> CompiledMessage:
    """Compile the message and its variants; what is wrong with them all is told once."""
    faults: list[Fault] = []
    variants: dict[str, Variant] = {}
    base = _collected(faults, lambda: _compiled(message, language, linked_data))
    for tag, whole in message.variants().items():
        own, found = message.locales[tag].own, list[Fault]()
        compiled = _collected(found, lambda: _compiled(whole, language, linked_data))  # noqa: B023
        faults += (_of_variant(tag, fault) for fault in found if _is_own(fault, own))
        if compiled:
            variants[tag] = Variant(tag, compiled, own)
    if base is None or faults:
        raise AuthorMistake(faults)
    columns = language.environment.built_in
    return localized(base, tuple(columns.get(name, name) for name in LOCALE_VARIABLES), variants)


def _collected(
    faults: list[Fault], compiled: Callable[[], CompiledMessage]
) -> CompiledMessage | None:
    try:
        return compiled()
    except AuthorMistake as mistake:
        faults += mistake.faults
        return None


def _is_own(fault: Fault, own: frozenset[str]) -> bool:
    """Tell whether a fault is in what only the variant has, so that nobody else tells it."""
    return fault.field.removeprefix("message.") in own


def _of_variant(tag: str, fault: Fault) -> Fault:
    field = fault.field.removeprefix("message.")
    return replace(fault, field=f"message.locales.{tag}.{field}")


def templates_of(message: Message) -> Iterator[tuple[str, str]]:
    """Yield the fields of a message that are templates, and their texts."""
    yield "url", message.url
    for name, value in message.data.items():
        yield f"data.{name}", value
        yield f"data[{name}]", name
    for name, value in message.headers.items():
        yield f"headers.{name}", value
    if message.body is not None:
        yield "body", message.body
    if message.credentials is not None:
        yield "credentials", message.credentials.get_secret_value()


@functools.lru_cache(maxsize=16)
def _environment(built_in: tuple[tuple[str, str], ...]) -> MessageEnvironment:
    return MessageEnvironment(dict(built_in))


class _Compilation:
    """Goes through the fields of one message and collects what is wrong in them."""

    def __init__(self, message: Message, language: Language) -> None:
        self.message = message
        self.language = language
        self.is_masked = isinstance(language.environ, MaskedEnvironment)
        self.texts: list[Text] = []
        self.faults: list[Fault] = []
        self.linked: CompiledLinked | None = None

    def link(self, linked_data: Sequence[LinkedData]) -> None:
        """Compile the linked data, if a template names any."""
        texts = dict(templates_of(self.message))
        known = [one.name for one in linked_data]
        self.faults += unknown_sources(texts, known, self.language)
        try:
            linked = compile_linked(linked_data, self.language)
        except AuthorMistake as mistake:
            self.faults += mistake.faults
            return
        if any(map(names_linked_data, texts.values())):
            self.linked = linked
            self.texts += linked.urls.values()

    def compiled(self) -> CompiledMessage:
        """Return the message, or raise AuthorMistake with all faults."""
        is_get = self.message.method == "GET"
        data = self._data(FORM if is_get or self.message.content_type != JSON else JSON_OBJECT)
        address = self._address(query=data if is_get and self.message.data else None)
        headers = self._headers()
        content = self._content(data, headers)
        credentials, authorization = self._credentials()
        if self.faults:
            raise AuthorMistake(self.faults)
        return CompiledMessage(
            method=self.message.method,
            texts=tuple(self.texts),
            language=self.language,
            address=address,
            headers=headers,
            content=content,
            credentials=credentials,
            authorization=authorization,
            linked=self.linked,
        )

    def _text(
        self,
        source: str,
        name: str,
        *,
        literal: Callable[[str], str] = str,
        place: Place = "text",
    ) -> Text:
        """Compile a text; EMPTY stands in for a faulty one, so that the others are seen, too."""
        try:
            text = compile_text(
                source, name=name, language=self.language, literal=literal, place=place
            )
        except TextFaults as error:
            self.faults.extend(error.faults)
            return EMPTY
        self.texts.append(text)
        return text

    def _accepted(self, value: T | Suppressed) -> T | None:
        """Return a value; what would suppress every recipient is a fault instead."""
        if isinstance(value, Suppressed):
            self.faults.append(fault_of(value))
            return None
        return value

    def _address(self, *, query: Pairs | None) -> Address:
        text = self._text(self.message.url, "url", place="url")
        if text is EMPTY:
            return Address(text, None, None, query)
        opening = text.opening if text.fixed is None else text.fixed
        origin = self._accepted(
            literal_origin(opening, is_whole=text.fixed is not None, masked=self.is_masked)
        )
        base = None
        if text.fixed is not None and not self._is_faulty("url"):
            rest = text.fixed[origin.length :] if origin else ""
            base = self._accepted(complete(origin.text, rest) if origin else normalise(text.fixed))
        return Address(text, base, origin, query)

    def _is_faulty(self, name: str) -> bool:
        return any(fault.field == f"message.{name}" for fault in self.faults)

    def _data(self, notation: Notation) -> Pairs:
        texts = [
            (self._text(name, f"data[{name}]"), self._text(value, f"data.{name}"))
            for name, value in self.message.data.items()
        ]
        try:
            return pairs(texts, notation)
        except UnicodeEncodeError:
            self._accepted(Suppressed(f"data: {NOT_UTF8}"))
            return pairs([], notation)

    def _headers(self) -> Headers:
        texts = [
            (name, self._header(self._text(value, f"headers.{name}")))
            for name, value in self.message.headers.items()
        ]
        method = self.message.method
        has_body = method != "GET" and (method != "DELETE" or self._has_content)
        return headers(texts, content_type=self.message.content_type if has_body else None)

    def _header(self, text: Text) -> Text:
        if text.fixed is None:
            return text
        # The value of a placeholder may end in the line break of the file it was read from.
        value = self._accepted(header_value(text.fixed.strip(), name=text.name))
        return replace(text, fixed=value or "")

    @property
    def _has_content(self) -> bool:
        return bool(self.message.data) or self.message.body is not None

    def _content(self, data: Pairs, headers: Headers) -> Content:
        method, body = self.message.method, self.message.body
        if method == "GET" or (method == "DELETE" and not self._has_content):
            return Content(b"", None, checks_json=False)
        content_type = self._content_type(headers)
        is_json = "json" in content_type
        place: Place = "json" if is_json else "form" if "urlencoded" in content_type else "text"
        part = data if body is None else self._text(body, "body", place=place)
        # A masked number, say, does not parse.
        hides = self.is_masked and body is not None and PLACEHOLDER.search(body) is not None
        checks_json = body is not None and is_json and not hides
        content = Content(None, part, checks_json)
        if content.varies or part is EMPTY:
            return content
        nobody = new_context(self.language.environment, {})
        return replace(content, whole=self._accepted(content.write(nobody)))

    def _content_type(self, headers: Headers) -> str:
        """Return what kind of body it is; templates may be in what follows, such as a boundary."""
        texts = [*headers.fixed, *((name, text.opening) for name, text in headers.varying)]
        types = [value for name, value in texts if name.lower() == "content-type"]
        return (types[0] if types else self.message.content_type).lower()

    def _credentials(self) -> tuple[Text | None, str | None]:
        """Return the text to write for each recipient, or the header that is the same for all."""
        if self.message.credentials is None:
            return None, None
        source = self.message.credentials.get_secret_value()
        try:
            text = self._text(source, "credentials", literal=_percent_decoded)
        except UnicodeDecodeError:
            self._accepted(Suppressed(f"credentials: percent-decoded, {NOT_UTF8}"))
            return None, None
        if text.fixed is None:
            return text, None
        return None, self._accepted(basic(text.fixed))


def _percent_decoded(text: str) -> str:
    return unquote(text, errors="strict")
