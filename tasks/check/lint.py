"""Lint: what a message is likely to get wrong, beyond what it certainly gets wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from jinja2 import nodes

from blocks.campaign import Campaign
from blocks.message import Message
from blocks.mistake import Fault
from tasks.render.environment import MessageEnvironment
from tasks.render.escaped import escaped
from tasks.render.escaping import AS_JSON
from tasks.render.field import field_of
from tasks.render.message import CompiledMessage
from tasks.render.spots import told as spot

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


def lint(
    campaign: Campaign, compiled: CompiledMessage, blanks: Mapping[str, float]
) -> list[Finding]:
    """Return what is suspicious in a campaign; `blanks` is the share of blank cells by column."""
    found = [*_secrets(campaign), *_host(compiled), *_blanks(compiled, blanks)]
    found += _unescaped(campaign.message, "message")
    for tag, variant in campaign.message.variants().items():
        if campaign.message.locales[tag].body is not None:
            found += _unescaped(variant, f"message.locales.{tag}")
    return found


def blank_shares(parts: Iterable[pd.DataFrame]) -> dict[str, float]:
    """Return the share of blank cells (0 to 1) of each column that has any, over all parts."""
    blanks: Counter[str] = Counter()
    rows = 0
    for users in parts:
        rows += len(users)
        blanks.update({str(name): int(count) for name, count in users.isna().sum().items()})
    return {name: count / rows for name, count in blanks.items() if count}


def _secrets(campaign: Campaign) -> Iterator[Finding]:
    for field in campaign.literal_secrets():
        told = "a secret is written out; write ${NAME}, and set NAME in the environment"
        yield Finding("error", field, told)


def _host(compiled: CompiledMessage) -> Iterator[Finding]:
    if not compiled.fixed_host:
        told = "a value of the user has a part in the host: the table decides where requests go"
        yield Finding("warning", "message.url", told)


def _blanks(compiled: CompiledMessage, blanks: Mapping[str, float]) -> Iterator[Finding]:
    for text in compiled.texts:
        for name in sorted(text.named.names - text.named.guarded):
            if name in blanks:
                told = f"'{name}' is blank for {blanks[name]:.1%} of the users and has no default"
                yield Finding("warning", field_of(text.name), told)


def _unescaped(message: Message, field: str) -> Iterator[Finding]:
    """Look for values in a JSON body that nothing tells apart from JSON, or that lack quotes."""
    if message.body is None or "json" not in message.content_type:
        return
    template = escaped(MessageEnvironment().parse(message.body), "json")
    for node in template.find_all(nodes.Filter):
        if node.name == _OPTS_OUT:
            told = f"{spot(node.lineno)}: '| safe' puts a value into JSON unescaped; use '| tojson'"
            yield Finding("warning", f"{field}.body", told)
        elif node.name == AS_JSON:
            told = f"{spot(node.lineno)}: a value outside quotes; '| tojson' says that it is meant"
            yield Finding("warning", f"{field}.body", told)
