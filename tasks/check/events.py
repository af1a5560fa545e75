"""What rules on events, and templates, ask of the event table, read once for a whole selection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from blocks.campaign import Campaign
from blocks.event_chunk import ANY_EVENT, Wanted, Window
from blocks.event_table import EventTable, Shape
from blocks.mistake import AuthorMistake, Fault, nearest
from blocks.segment import Rule
from tasks.segment.activity import Activity, activity, count_named, dated, wanted

# So many events are looked at for a name that is like one that nobody did.
LOOKED_AT = 100_000
# What is said of a table that cannot be opened: nothing more is wrong with it.
_UNKNOWN = Shape(columns=(), parameters=None, value=True)


def shape_of_events(
    campaign: Campaign, environ: Mapping[str, str], faults: list[Fault]
) -> Shape | None:
    """Return what the campaign's event table has, None without one; add what is wrong with it."""
    table = campaign.event_table
    if table is None:
        return None
    try:
        return table.shape(environ=environ)
    except AuthorMistake as mistake:
        faults += mistake.faults
        return _UNKNOWN


def read_activity(
    rules: Sequence[Rule],
    table: EventTable,
    *,
    now: datetime,
    timezone: str,
    environ: Mapping[str, str],
) -> Activity:
    """Read the event table once and measure what the rules ask of each user.

    It is read again, but only for names, if too many events of the periods seem to have no time.
    Raises AuthorMistake when the table cannot be read, or too much in it.
    """
    chunks = table.chunks(wanted(rules, now=now, timezone=timezone), environ=environ)
    found = activity(rules, chunks, now=now, timezone=timezone)
    percent, unreadable = table.unreadable_percent, found.unreadable
    if unreadable.undated_beyond(percent):
        # Events without a time stand against those of all times: in a period they would be many.
        everything = dated(rules, now=now, timezone=timezone)
        times = count_named(table.chunks(everything, environ=environ), everything)
        unreadable = replace(unreadable, times=times)
    if faults := list(unreadable.faults(percent=percent)):
        raise AuthorMistake(faults)
    return found


def warnings_of(
    found: Activity,
    table: EventTable | None,
    *,
    environ: Mapping[str, str],
    of_message: Collection[Rule] = (),
) -> Iterator[str]:
    """Yield what could not be read of the events, and what rules name that nobody did.

    `of_message` are the rules that templates ask for.
    """
    yield from found.unreadable.warnings()
    for name in found.absent:
        yield f"events: none has a parameter '{name}'"
    for name in dict.fromkeys(rule.event for rule in found.measured):
        own = {rule: one for rule, one in found.measured.items() if rule.event == name}
        if all(one.isna().all() for one in own.values()):
            where = "message" if all(rule in of_message for rule in own) else "segment"
            told = "an event" if name == ANY_EVENT else f"an event '{name}'"
            hint = "" if table is None else _near(name, table, environ)
            yield f"{where}: no user has {told} that counts{hint}"


def _near(name: str, table: EventTable, environ: Mapping[str, str]) -> str:
    """Return the nearest of the names that the first events have, unless this is one of them."""
    everything = Wanted(windows=(Window(ANY_EVENT),))
    with closing(table.chunks(everything, environ=environ, rows=LOOKED_AT)) as chunks:
        first = next(chunks, None)
    known = [] if first is None else first.names.dropna().unique().tolist()
    hint = "" if name in (ANY_EVENT, *known) else nearest(name, known)
    return f" ({hint})" if hint else ""
