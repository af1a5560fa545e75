"""The facts that the rules of a segment ask for besides the user table, each read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from blocks.delivery_log import DeliveryLog
from blocks.event_table import EventTable
from blocks.mistake import AuthorMistake, Fault, nearest
from blocks.segment import Rule, Segment
from blocks.segment_files import load_ids
from blocks.segment_function import function_name, load_function
from blocks.segment_value import Ago
from blocks.user_table import UserTable
from tasks.check.event_users import decimal_ids
from tasks.check.events import read_activity, warnings_of
from tasks.log.sent import campaigns_in, users_sent
from tasks.segment.activity import Activity
from tasks.segment.date import resolved
from tasks.segment.facts import Facts
from tasks.segment.measures import Measures
from tasks.segment.places import Place, places
from tasks.segment.share import tiny_shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the facts come from; `now` and `timezone` are those of the selection.

    Without a log nobody was sent anything before. `users` shows how ids are written; `of_message`
    are the rules whose measures templates ask for.
    """

    properties: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, Rule] = field(default_factory=dict)
    saved: Mapping[str, Segment] = field(default_factory=dict)
    log: DeliveryLog | None = None
    now: datetime
    timezone: str
    users: UserTable
    events: EventTable | None = None
    of_message: tuple[Rule, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


def gathered(segment: Segment, sources: Sources) -> Facts:
    """Return what the rules of a segment ask for: ids, functions, campaigns, events.

    Raises AuthorMistake with a fault for each that cannot be had.
    """
    functions: dict[str, Callable[..., Any]] = {}
    ids: dict[str, pd.Index] = {}
    sent: dict[Rule, pd.Index] = {}
    faults: list[Fault] = []
    for place in places(segment, sources.saved):
        part = place.part
        try:
            if isinstance(part, Segment):
                if part.function:
                    functions[function_name(part.function)] = load_function(part.function)
            elif part.ids and part.ids not in ids:
                ids[part.ids] = load_ids(part.ids)
            elif part.campaign and part not in sent:
                sent[part] = _sent(part, sources)
        except AuthorMistake as mistake:
            faults += [
                replace(one, field=_field_of(place), file=one.file or place.file)
                for one in mistake.faults
            ]
    if faults:
        raise AuthorMistake(faults)
    did = _did(segment, sources)
    return Facts(
        properties=sources.properties,
        derived=sources.derived,
        measured=Measures(did.measured),
        sent=sent,
        ids=ids,
        saved=sources.saved,
        functions=functions,
        warnings=tuple(_warnings(segment, did, sources)),
    )


def _warnings(segment: Segment, did: Activity, sources: Sources) -> Iterator[str]:
    yield from _never_sent(segment, sources)
    yield from tiny_shares(segment, sources.saved)
    yield from warnings_of(
        did, sources.events, environ=sources.environ, of_message=sources.of_message
    )
    yield from decimal_ids(did, sources.users, environ=sources.environ)


def _field_of(place: Place) -> str:
    """Return the path of the field that names what could not be had."""
    if isinstance(place.part, Segment):
        return place.of("function")
    if place.field.split(".")[-2] in ("include", "exclude"):
        return place.field
    return place.of("ids" if place.part.ids else "campaign")


def _did(segment: Segment, sources: Sources) -> Activity:
    rules = [one.part for one in places(segment, sources.saved) if isinstance(one.part, Rule)]
    named = (rule for rule in rules if rule.event)
    asked = list(dict.fromkeys([*named, *sources.derived.values(), *sources.of_message]))
    if not asked or sources.events is None:
        return Activity()
    return read_activity(
        asked,
        sources.events,
        now=sources.now,
        timezone=sources.timezone,
        environ=sources.environ,
    )


def _sent(rule: Rule, sources: Sources) -> pd.Index:
    if sources.log is None:
        return pd.Index([], dtype="str")
    since, until = (_epoch(one, sources) for one in rule.period)
    users = users_sent(
        sources.log.open(),
        campaign=rule.campaign,
        outcome=rule.outcome,
        since=since,
        until=until,
    )
    return pd.Index(users, dtype="str")


def _epoch(moment: Ago | datetime | None, sources: Sources) -> float | None:
    """Return a date of a rule in seconds since 1970 UTC; None is open."""
    if moment is None:
        return None
    return resolved(moment, now=sources.now, timezone=sources.timezone) / 1e6


def _never_sent(segment: Segment, sources: Sources) -> Iterator[str]:
    """Yield a warning for each campaign that a rule names and the log has no run of."""
    rules = [one.part for one in places(segment, sources.saved) if isinstance(one.part, Rule)]
    named = dict.fromkeys(rule.campaign for rule in rules if rule.campaign)
    known = campaigns_in(sources.log.open()) if named and sources.log else []
    for name in named:
        if name not in known:
            hint = nearest(name, known)
            yield f"segment: there is no run of a campaign '{name}' yet" + (
                f" ({hint})" if hint else ""
            )
