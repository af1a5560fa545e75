"""Prepare a campaign: everything its author can have got wrong stops here, before a send."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import pandas as pd

from blocks.campaign import Campaign
from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake, Fault
from blocks.segment import Segment
from blocks.segment_files import load_saved
from blocks.user_table import PART_ROWS
from tasks.check.asked import asked
from tasks.check.columns import Columns, columns
from tasks.check.events import shape_of_events
from tasks.check.narrowed import narrowed
from tasks.check.selecting import Selecting
from tasks.render.built_in import built_in_columns
from tasks.render.message import CompiledMessage, compile_message
from tasks.render.placeholders import MaskedEnvironment
from tasks.segment.selection import Selected, Selection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign whose message is compiled and whose columns are all there."""

    campaign: Campaign
    message: CompiledMessage
    columns: Columns
    environ: Mapping[str, str]
    now: datetime
    saved: Mapping[str, Segment] = field(default_factory=dict)
    log: DeliveryLog | None = None

    def selection(self) -> Selection:
        """Return how its users are selected, with what the rules ask for besides their table.

        Raises AuthorMistake when that cannot be had.
        """
        return self.selecting.selection()

    @property
    def selecting(self) -> Selecting:
        """Return how its audience is selected."""
        return Selecting(
            campaign=self.campaign,
            asked=self.columns.asked,
            saved=self.saved,
            environ=self.environ,
            now=self.now,
            log=self.log,
            of_message=tuple(one.rule for one in self.columns.measured),
        )

    def selected(
        self, selection: Selection | None = None, *, rows: int = PART_ROWS
    ) -> Iterator[Selected]:
        """Select of each part of the user table, with the columns to load and those measured.

        `selection` is how, if that was asked for before; a part has `rows` rows.

        Raises AuthorMistake, also at its end, when the table, an id, or a rule on them is not as
        it must be.
        """
        how = selection or self.selection()
        found = narrowed(
            self.campaign.users,
            how,
            columns=self.columns.load,
            environ=self.environ,
            rows=rows,
        )
        if not self.columns.measured:
            return found
        return (replace(one, rows=self._measured(one.users, one.rows, how)) for one in found)

    def everybody(self) -> Iterator[pd.DataFrame]:
        """Read all users, in parts, with the columns to load and those measured.

        Raises AuthorMistake when a table cannot be read.
        """
        table = self.campaign.users.parts(self.columns.load, environ=self.environ)
        if not self.columns.measured:
            return table
        how = self.selection()
        return (self._measured(part, part, how) for part in table)

    def _measured(self, users: pd.DataFrame, rows: pd.DataFrame, how: Selection) -> pd.DataFrame:
        """Return rows with what users among them did, as templates ask for it."""
        ids, measures = users[self.campaign.users.id], how.facts.measured
        found: dict[str, pd.Series] = {}
        for one in self.columns.measured:
            values = measures.of(one.rule, ids).set_axis(users.index)
            found[one.column] = values.fillna(0) if one.zero else values
        return rows.assign(**found)

    def shown(self) -> CompiledMessage:
        """Compile the message once more, with asterisks for what the environment holds."""
        return _compiled(self.campaign, MaskedEnvironment(), self.now, self.columns.seen)

    def audience(self) -> pd.DataFrame:
        """Read the user table and return the rows of the audience, with the columns to load."""
        return pd.concat([one.users for one in self.selected()])


def prepare(
    campaign: Campaign,
    *,
    environ: Mapping[str, str],
    now: datetime,
    showing: bool = False,
    log: DeliveryLog | None = None,
) -> Prepared:
    """Compile a campaign's message and find its columns in the user table's header.

    `environ` answers `${NAME}` placeholders; with `showing` the message gets asterisks instead,
    for requests that are looked at and not sent. `log` answers the rules on campaigns. Raises
    AuthorMistake with the faults of message, user table and segment together.
    """
    faults: list[Fault] = []
    available = _collect(faults, lambda: campaign.users.columns(environ=environ))
    message = _collect(faults, lambda: _compiled(campaign, environ, now, available or ()))
    saved = _collect(faults, lambda: load_saved(campaign.segment))
    properties = campaign.users.properties
    events = shape_of_events(campaign, environ, faults)
    if message and available and saved is not None:
        compiled, known, segments = message, available, saved
        found = _collect(
            faults,
            lambda: columns(
                campaign.segment,
                compiled,
                id_column=campaign.users.id,
                available=known,
                properties=properties,
                saved=segments,
                events=events,
            ),
        )
        if found and not faults:
            masked = MaskedEnvironment()
            shown = _compiled(campaign, masked, now, available) if showing else message
            return Prepared(campaign, shown, found, environ, now, saved, log)
    elif available:
        _, missing = asked(
            campaign.segment,
            properties=properties,
            known=available,
            saved=saved or {},
            events=events,
        )
        faults += missing
    raise AuthorMistake(faults)


def prepare_frozen(
    campaign: Campaign, *, environ: Mapping[str, str], now: datetime, seen: Sequence[str]
) -> Prepared:
    """Compile the message of a run whose audience is frozen: its user table is not needed again.

    `seen` are the columns that its snapshot has. Raises AuthorMistake with the message's faults.
    """
    message = _compiled(campaign, environ, now, seen)
    return Prepared(campaign, message, Columns(load=(), seen=tuple(seen)), environ, now)


def _compiled(
    campaign: Campaign, environ: Mapping[str, str], now: datetime, known: Collection[str]
) -> CompiledMessage:
    return compile_message(
        campaign.message,
        environ=environ,
        now=now,
        campaign=campaign.name,
        linked_data=campaign.linked_data,
        built_in=built_in_columns(campaign.users.properties, known=known),
    )


def _collect(faults: list[Fault], step: Callable[[], T]) -> T | None:
    try:
        return step()
    except AuthorMistake as mistake:
        faults += mistake.faults
        return None
