"""Lint: what a message is likely to get wrong, beyond what it certainly gets wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from blocks.campaign import Campaign
from blocks.message import Message
from blocks.mistake import Fault
from tasks.check.suspicions import suspicions
from tasks.render.field import field_of
from tasks.render.message import CompiledMessage


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: an `error` is a mistake, a `warning` may be meant."""

    severity: Literal["error", "warning"]
    field: str
    told: str
    file: str = ""  # and line, of a mistake

    def __str__(self) -> str:
        """Return it on one line."""
        place = f"{self.file}: " if self.file else ""
        return f"{self.severity}: {place}{self.field}: {self.told}"


def findings_of(faults: tuple[Fault, ...]) -> list[Finding]:
    """Return the author's mistakes as findings."""
    return [
        Finding(
            "error",
            fault.field,
            f"{fault.fault} ({fault.hint})" if fault.hint else fault.fault,
            fault.file,
        )
        for fault in faults
    ]


def lint(
    campaign: Campaign, compiled: CompiledMessage, blanks: Mapping[str, float]
) -> list[Finding]:
    """Return what is suspicious in a campaign; `blanks` is the share of blank cells by column."""
    found = [*_secrets(campaign), *_host(compiled), *_blanks(compiled, blanks)]
    found += _suspicions(campaign.message)
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


def _suspicions(message: Message) -> Iterator[Finding]:
    for field, told in suspicions(message):
        yield Finding("warning", f"message.{field}", told)
    for tag, variant in message.variants().items():
        own = message.locales[tag].own
        for field, told in suspicions(variant):
            if field in own:
                yield Finding("warning", f"message.locales.{tag}.{field}", told)
