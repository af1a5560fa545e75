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
    events: EventTable | None = None
    users: UserTable | None = None
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
    yield from warnings_of(
        did, sources.events, environ=sources.environ, of_message=sources.of_message
    )
    if sources.users is not None:
        yield from decimal_ids(did, sources.users, environ=sources.environ)


