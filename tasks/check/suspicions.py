"""What one message's texts are likely to get wrong, whoever the users are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from blocks.message import JSON, Message
from blocks.message_secrets import literal_headers, literal_in_body, without_templates
from tasks.render.built_in_names import undeclared
from tasks.render.environment import MessageEnvironment
from tasks.render.escaped import escaped
from tasks.render.escaping import AS_JSON
from tasks.render.field import PARAMETER, VALUE
from tasks.render.message import templates_of
from tasks.render.spots import told as spot

_OPTS_OUT = "safe"
_OF_SENDS = {
    VALUE: "a send to an audience is given no values",
    PARAMETER: "no event causes a send to an audience",
}
_BLANK = "\0"  # stands for a template or a placeholder
_JSON_BEGINS = re.compile(rf'["{{\[0-9{_BLANK}-]|(?:true|false|null)\b')

# A field, and what is suspicious in it.
Suspicion = tuple[str, str]


def suspicions(message: Message) -> Iterator[Suspicion]:
    """Yield what is suspicious in a message's own texts."""
    yield from _always_missing(message)
    yield from _literal_secrets(message)
    if message.body is not None:
        yield from _of_another_kind(message.body, _content_type(message))
        if "json" in _content_type(message):
            yield from _unescaped(message.body)


def _always_missing(message: Message) -> Iterator[Suspicion]:
    environment = MessageEnvironment()
    for field, text in templates_of(message):
        for name in sorted(undeclared(environment.parse(text), environment) & _OF_SENDS.keys()):
            yield field, f"'{name}' is always missing: {_OF_SENDS[name]}"


def _literal_secrets(message: Message) -> Iterator[Suspicion]:
    """Look for secrets where no form or block refuses them: in data and in the body."""
    told = "looks like a secret that is written out; write ${NAME}, and set NAME in the environment"
    for name in literal_headers(message.data):
        yield f"data.{name}", told
    for name in literal_in_body(message.body or ""):
        yield "body", f"'{name}' {told}"


def _of_another_kind(body: str, content_type: str) -> Iterator[Suspicion]:
    text = without_templates(body, blank=_BLANK).strip()
    literal = text.strip(f"{_BLANK} \t\r\n")
    if "json" not in content_type and literal[:1] + literal[-1:] in {"{}", "[]"}:
        yield "body", f"JSON, whose values are not escaped: its content type is '{content_type}'"
    if "json" in content_type and text and not _JSON_BEGINS.match(text):
        yield "body", f"no JSON, and its content type is '{content_type}'"


def _unescaped(body: str) -> Iterator[Suspicion]:
    """Look for values in a JSON body that nothing tells apart from JSON, or that lack quotes."""
    for node in escaped(MessageEnvironment().parse(body), "json").find_all(nodes.Filter):
        if node.name == _OPTS_OUT:
            told = f"{spot(node.lineno)}: '| safe' puts a value into JSON unescaped; use '| tojson'"
            yield "body", told
        elif node.name == AS_JSON:
            told = f"{spot(node.lineno)}: a value outside quotes; '| tojson' says that it is meant"
            yield "body", told


def _content_type(message: Message) -> str:
    """Return the content type that is sent, up to a template in it."""
    given = {name.lower(): value for name, value in message.headers.items()}
    text = without_templates(given.get("content-type", message.content_type), blank=_BLANK)
    return text.partition(_BLANK)[0].strip().lower() or JSON
