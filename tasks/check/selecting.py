"""Select the users of a campaign without its message: whoever looks at a segment sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from blocks.campaign import Campaign
from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake, Fault
from blocks.segment import Rule, Segment
from blocks.segment_files import load_saved
from tasks.check.asked import Asked, asked
from tasks.check.events import shape_of_events
from tasks.check.gathered import Sources, gathered
from tasks.log.sent import last_audience
from tasks.segment.funnel import Funnel
from tasks.segment.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Selecting:
    """A campaign whose segment can be asked of its user table.

    `now` is what relative dates count from; `log` answers the rules on campaigns: without one
    nobody was sent anything. `of_message` are the rules whose measures templates ask for.
    """

    campaign: Campaign
    asked: Asked
    saved: Mapping[str, Segment] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    now: datetime
    log: DeliveryLog | None = None
    of_message: tuple[Rule, ...] = ()

    @property
    def sources(self) -> Sources:
        """Return where the facts that the rules ask for come from."""
        return Sources(
            properties=self.asked.properties,
            derived=self.asked.derived,
            saved=self.saved,
            log=self.log,
            now=self.now,
            timezone=self.campaign.timezone,
            events=self.campaign.event_table,
            users=self.campaign.users,
            environ=self.environ,
            of_message=self.of_message,
        )

    def selection(self) -> Selection:
        """Return how users are selected, with the facts that the rules ask for.

        Raises AuthorMistake when a list of ids, a function, the event table or the delivery log
        cannot be read.
        """
        campaign = self.campaign
        return Selection(
            segment=campaign.segment,
            id_column=campaign.users.id,
            now=self.now,
            timezone=campaign.timezone,
            facts=gathered(campaign.segment, self.sources),
        )

    def table(self, *, whole: bool = False) -> Iterator[pd.DataFrame]:
        """Read the columns that the segment reads, or the `whole` table, in parts."""
        wanted = None if whole or self.asked.everything else self.asked.columns
        return self.campaign.users.parts(wanted, environ=self.environ)


@dataclass(frozen=True, slots=True)
class Change:
    """Who was not in the audience of an earlier run, and who is no more; ids in their order."""

    run_key: str
    entered: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a segment selects, how it came to that, and how it differs from the last run.

    Attributes:
        users: their rows, in the table's order.
        excluded: by the id of each user who is not selected, the first rule that is not met.
        unknown: how many ids on each list are not in the user table, by its file.
        change: against the campaign's newest run, if there is one in the log.
    """

    users: pd.DataFrame
    funnel: Funnel
    excluded: pd.Series
    unknown: Mapping[str, int]
    warnings: tuple[str, ...] = ()
    change: Change | None = None


def selecting(
    campaign: Campaign,
    *,
    now: datetime,
    environ: Mapping[str, str] | None = None,
    log: DeliveryLog | None = None,
) -> Selecting:
    """Find what a campaign's segment reads in the header of its user table.

    `environ` answers the `${NAME}` placeholders of the table's source. Raises AuthorMistake with
    every column, saved segment and event table that is not there.
    """
    environ = environ or {}
    faults: list[Fault] = []
    saved: Mapping[str, Segment] = {}
    try:
        saved = load_saved(campaign.segment)
    except AuthorMistake as mistake:
        faults += mistake.faults
    events = shape_of_events(campaign, environ, faults)
    found, missing = asked(
        campaign.segment,
        properties=campaign.users.properties,
        known=campaign.users.columns(environ=environ),
        saved=saved,
        events=events,
    )
    if faults := [*faults, *missing]:
        raise AuthorMistake(faults)
    return Selecting(campaign=campaign, asked=found, saved=saved, environ=environ, now=now, log=log)


def select_users(
    campaign: Campaign,
    *,
    now: datetime,
    environ: Mapping[str, str] | None = None,
    log: DeliveryLog | None = None,
    whole: bool = False,
) -> Audience:
    """Select the users of a campaign and tell how it came to them; nothing is sent.

    `now` is what relative dates count from, `log` knows who was sent what before, `whole` keeps
    every column of the table. Raises AuthorMistake with all that is wrong.
    """
    plan = selecting(campaign, now=now, environ=environ, log=log)
    selection = plan.selection()
    users: list[pd.DataFrame] = []
    excluded: list[pd.Series] = []
    funnel = Funnel()
    for part in selection.parts(plan.table(whole=whole)):
        users.append(part.users)
        excluded.append(part.excluded)
        funnel += part.funnel
    found = pd.concat(users)
    return Audience(
        users=found,
        funnel=funnel,
        excluded=pd.concat(excluded),
        unknown=funnel.unknown(selection.facts.ids),
        warnings=selection.warnings(funnel),
        change=_change(log, campaign.name, found[campaign.users.id]),
    )


def _change(log: DeliveryLog | None, campaign: str, ids: pd.Series) -> Change | None:
    last = None if log is None else last_audience(log.open(), campaign=campaign)
    if last is None:
        return None
    run_key, users = last
    before, now = pd.Index(users, dtype="str"), pd.Index(ids.astype("str"))
    return Change(run_key, tuple(now.difference(before)), tuple(before.difference(now)))
