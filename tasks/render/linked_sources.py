"""Compile a campaign's linked data: each URL parsed and checked once, its headers written."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from blocks.linked_data import PARAMETER, LinkedData
from blocks.mistake import AuthorMistake, Fault, nearest
from tasks.render.field import (
    LINKED_DATA,
    Language,
    Text,
    TextFaults,
    compile_text,
    context_of,
    fault_of,
)
from tasks.render.headers import USER_AGENT, header_value
from tasks.render.linked import HOLE, LinkedView, Source
from tasks.render.request import Recipient, Suppressed
from tasks.render.url import normalise


@dataclass(frozen=True, slots=True, repr=False)
class CompiledLinked:
    """The linked data of a campaign, ready to be looked up; `urls` are by the sources' names."""

    sources: Mapping[str, Source]
    urls: Mapping[str, Text]
    language: Language

    def view(self, recipient: Recipient, answers: Mapping[str, Any]) -> LinkedView:
        """Return what a recipient's templates see of the answers at hand, by their keys."""

        @functools.cache
        def write(name: str) -> str | Suppressed:
            context = context_of(
                self.language,
                user_id=recipient.user_id,
                attributes=recipient.attributes,
                webhook_id=recipient.webhook_id,
                values=recipient.values,
                parameters=recipient.parameters,
            )
            return self.urls[name].write(context)

        return LinkedView(self.sources, answers, write_url=write, normalise=normalise)


def compile_linked(linked_data: Sequence[LinkedData], language: Language) -> CompiledLinked:
    """Compile linked data for one run. Raises AuthorMistake with every fault that was found."""
    faults: list[Fault] = []
    sources: dict[str, Source] = {}
    urls: dict[str, Text] = {}
    for place, one in enumerate(linked_data):
        field = f"linked_data.{place}"
        try:
            sources[one.name] = _source(one, field, language)
            urls[one.name] = _url(one, field, language)
        except TextFaults as error:
            faults += error.faults
    if faults:
        raise AuthorMistake(faults)
    return CompiledLinked(sources, urls, language)


def names_linked_data(source: str) -> bool:
    """Tell whether a template may look linked data up."""
    return LINKED_DATA in source


def unknown_sources(
    texts: Mapping[str, str], known: Sequence[str], language: Language
) -> Iterator[Fault]:
    """Yield a fault for every look-up of linked data that the campaign does not name.

    `texts` are the message's templates by their fields; those that do not parse are passed over,
    for they have faults already.
    """
    for field, text in texts.items():
        if not names_linked_data(text):
            continue
        for name in sorted(_named(text, language) - set(known)):
            hint = nearest(name, known) or "name it under linked_data, with its URL"
            yield Fault(f"message.{field}", f"there is no linked data '{name}'", hint=hint)


def _named(text: str, language: Language) -> set[str]:
    try:
        template = language.environment.parse(text)
    except Exception:  # it is told where the text is compiled
        return set()
    found = {node.attr for node in template.find_all(nodes.Getattr) if _is_linked(node.node)}
    for item in template.find_all(nodes.Getitem):
        if _is_linked(item.node) and isinstance(item.arg, nodes.Const):
            found.add(str(item.arg.value))
    return found


def _is_linked(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == LINKED_DATA


def _url(one: LinkedData, field: str, language: Language) -> Text:
    text = compile_text(
        one.url, name=f"{field}.url", language=language, literal=_with_holes, place="url"
    )
    if text.fixed is None or one.parameters:
        return text
    url = normalise(text.fixed)
    if isinstance(url, Suppressed):
        raise TextFaults((fault_of(Suppressed(f"{field}.{url.reason}")),))
    return text


def _with_holes(literal: str) -> str:
    return literal.replace(PARAMETER, HOLE)


def _source(one: LinkedData, field: str, language: Language) -> Source:
    return Source(
        name=one.name,
        method=one.method,
        headers=tuple(_headers(one, field, language)),
        parameters=one.parameters,
        timeout=one.timeout,
        cache_seconds=one.cache_seconds,
        default=one.default,
    )


def _headers(one: LinkedData, field: str, language: Language) -> Iterator[tuple[str, str]]:
    given = {name.lower() for name in one.headers}
    for name, value in (("Accept", "application/json"), ("User-Agent", USER_AGENT)):
        if name.lower() not in given:
            yield name, value
    for name, template in one.headers.items():
        text = compile_text(template, name=f"{field}.headers.{name}", language=language)
        assert text.fixed is not None, "a header of linked data holds no template"
        # The value of a placeholder may end in the line break of the file it was read from.
        header = header_value(text.fixed.strip(), name=text.name)
        if isinstance(header, Suppressed):
            raise TextFaults((fault_of(header),))
        yield name, header
