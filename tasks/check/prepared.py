"""Prepare a campaign: everything its author can have got wrong stops here, before a send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import pandas as pd

from blocks.campaign import Campaign
from blocks.mistake import AuthorMistake, Fault
from tasks.check.columns import Columns, columns, segment_faults
from tasks.render.message import CompiledMessage, compile_message
from tasks.render.placeholders import MaskedEnvironment
from tasks.segment.audience import select

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign whose message is compiled and whose columns are all there."""

    campaign: Campaign
    message: CompiledMessage
    columns: Columns
    environ: Mapping[str, str]
    now: datetime

    def parts(self) -> Iterator[pd.DataFrame]:
        """Read the user table in parts, with the columns to load.

        Raises AuthorMistake, also at its end, when the table or an id is not as it must be.
        """
        return self.campaign.users.parts(self.columns.load, environ=self.environ)

    def select(self, users: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a part of the user table that are in the audience."""
        return select(
            users,
            self.campaign.segment,
            id_column=self.campaign.users.id,
            now=self.now,
            timezone=self.campaign.timezone,
        )

    def audience(self) -> pd.DataFrame:
        """Read the user table and return the rows of the audience, with the columns to load."""
        return pd.concat(map(self.select, self.parts()))


def prepare(
    campaign: Campaign,
    *,
    environ: Mapping[str, str],
    now: datetime,
    showing: bool = False,
) -> Prepared:
    """Compile a campaign's message and find its columns in the user table's header.

    `environ` answers `${NAME}` placeholders; with `showing` the message gets asterisks instead,
    for requests that are looked at and not sent. Raises AuthorMistake with the faults of message,
    user table and segment together.
    """
    faults: list[Fault] = []
    message = _collect(faults, lambda: _compiled(campaign, environ, now))
    available = _collect(faults, lambda: campaign.users.columns(environ=environ))
    if message and available:
        found = columns(campaign.segment, message, id_column=campaign.users.id, available=available)
        shown = _compiled(campaign, MaskedEnvironment(), now) if showing else message
        return Prepared(campaign, shown, found, environ, now)
    if available:
        faults += segment_faults(campaign.segment, available)
    raise AuthorMistake(faults)


def _compiled(campaign: Campaign, environ: Mapping[str, str], now: datetime) -> CompiledMessage:
    return compile_message(
        campaign.message,
        environ=environ,
        now=now,
        campaign=campaign.name,
        linked_data=campaign.linked_data,
    )


def _collect(faults: list[Fault], step: Callable[[], T]) -> T | None:
    try:
        return step()
    except AuthorMistake as mistake:
        faults += mistake.faults
        return None
