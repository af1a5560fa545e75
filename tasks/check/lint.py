"""Lint: what a message is likely to get wrong, beyond what it certainly gets wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from jinja2 import nodes

from blocks.message import Message
from blocks.mistake import Fault
from tasks.render.environment import MessageEnvironment
from tasks.render.escaping import AS_JSON, Escaping
from tasks.render.message import CompiledMessage

_OPTS_OUT = "safe"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: an `error` is a mistake, a `warning` may be meant."""

    severity: Literal["error", "warning"]
    field: str
    told: str

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.severity}: {self.field}: {self.told}"


def findings_of(faults: tuple[Fault, ...]) -> list[Finding]:
    """Return the author's mistakes as findings."""
    return [
        Finding(
            "error", fault.field, f"{fault.fault} ({fault.hint})" if fault.hint else fault.fault
        )
        for fault in faults
    ]


def lint(message: Message, compiled: CompiledMessage, blanks: Mapping[str, float]) -> list[Finding]:
    """Return what is suspicious in a message; `blanks` is the share of blank cells by column."""
    found = [*_secrets(message), *_host(compiled), *_blanks(compiled, blanks)]
    return [*found, *_unescaped(message)]


def blank_shares(users: pd.DataFrame) -> dict[str, float]:
    """Return the share of blank cells (0 to 1) of each column that has any."""
    shares = users.isna().mean()
    return {str(name): float(share) for name, share in shares.items() if share > 0}


def _secrets(message: Message) -> Iterator[Finding]:
    for field in message.literal_secrets():
        told = "a secret is written out; write ${NAME}, and set NAME in the environment"
        yield Finding("error", f"message.{field}", told)


def _host(compiled: CompiledMessage) -> Iterator[Finding]:
    if not compiled.one_host:
        told = "a value of the user has a part in the host: the table decides where requests go"
        yield Finding("warning", "message.url", told)


def _blanks(compiled: CompiledMessage, blanks: Mapping[str, float]) -> Iterator[Finding]:
    for text in compiled.texts:
        for name in sorted(text.named.names - text.named.guarded):
            if name in blanks:
                told = f"'{name}' is blank for {blanks[name]:.1%} of the users and has no default"
                yield Finding("warning", f"message.{text.name}", told)


def _unescaped(message: Message) -> Iterator[Finding]:
    """Look for values in a JSON body that nothing tells apart from JSON, or that lack quotes."""
    if message.body is None or "json" not in message.content_type:
        return
    template = Escaping("json").over(MessageEnvironment().parse(message.body))
    for node in template.find_all(nodes.Filter):
        if node.name == _OPTS_OUT:
            told = f"line {node.lineno}: '| safe' puts a value into JSON unescaped; use '| tojson'"
            yield Finding("warning", "message.body", told)
        elif node.name == AS_JSON:
            told = f"line {node.lineno}: a value outside quotes; '| tojson' says that it is meant"
            yield Finding("warning", "message.body", told)
