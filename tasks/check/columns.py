"""Which columns of the user table a campaign reads, and which of them are not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from blocks.event_table import Shape
from blocks.mistake import AuthorMistake, Fault
from blocks.segment import Segment
from tasks.check.asked import Asked, asked
from tasks.render.message import CompiledMessage
from tasks.render.of_events import Measured, measured_of
from tasks.render.variables import Everything


@dataclass(frozen=True, slots=True)
class Columns:
    """What to load for the segment and the templates, what templates see, and what to warn of."""

    load: tuple[str, ...]
    seen: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    asked: Asked = field(default_factory=Asked)
    measured: tuple[Measured, ...] = ()  # seen, and not loaded: they come from the event table


def columns(
    segment: Segment,
    message: CompiledMessage,
    *,
    id_column: str,
    available: Collection[str],
    properties: Mapping[str, str] = MappingProxyType({}),
    saved: Mapping[str, Segment] = MappingProxyType({}),
    events: Shape | None = None,
) -> Columns:
    """Return the columns to load for a segment and a message.

    `properties` maps the names of properties to columns, `saved` are the saved segments that the
    segment names, `events` is what the event table has. Raises AuthorMistake for each column that
    is not in the table, with the nearest name; one that the templates can do without is only
    warned of.
    """
    known = set(available)
    found, faults = asked(segment, properties=properties, known=known, saved=saved, events=events)
    measured, mistaken = _measured(message, known, events)
    had = known.union(one.column for one in measured)
    faults += [*mistaken, *message.faults_against(had)]
    if faults:
        raise AuthorMistake(faults)
    named = message.attributes
    wanted = had if isinstance(named, Everything) else named & had
    seen = sorted(wanted - {id_column})
    load = known if found.everything else known & {*seen, *found.columns}
    return Columns(
        load=(id_column, *sorted(load - {id_column})),
        seen=(id_column, *seen),
        warnings=tuple(
            f"{warning}: its default is used" for warning in message.warnings_against(had)
        ),
        asked=found,
        measured=measured,
    )


def _measured(
    message: CompiledMessage, known: Collection[str], events: Shape | None
) -> tuple[tuple[Measured, ...], list[Fault]]:
    return measured_of(message, known=known, events=events) if events else ((), [])
