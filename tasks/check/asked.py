"""What the rules of a segment ask of a user table, and what it cannot answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from blocks.event_table import Shape
from blocks.mistake import Fault, nearest
from blocks.segment import Rule, Segment
from blocks.segment_expression import parsed
from blocks.segment_subject import Criterion
from blocks.user_properties import property_column
from tasks.segment.derived import derived
from tasks.segment.places import Place, places


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns that a segment reads, and the column of each property it looks at.

    Attributes:
        derived: the rule that measures each property that the table has no column of.
        everything: a function of the author's reads it, and may look at any column.
    """

    columns: frozenset[str] = frozenset()
    properties: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, Rule] = field(default_factory=dict)
    everything: bool = False


def asked(
    segment: Segment,
    *,
    properties: Mapping[str, str],
    known: Collection[str],
    saved: Mapping[str, Segment],
    events: Shape | None = None,
) -> tuple[Asked, list[Fault]]:
    """Return what a segment and its saved segments ask of a table, and a fault for each lack.

    `events` is what the event table has, if there is one.
    """
    columns: set[str] = set()
    found: dict[str, str] = {}
    measured: dict[str, Rule] = {}
    faults: list[Fault] = []
    everything = False
    for place in places(segment, saved):
        part = place.part
        if isinstance(part, Segment):
            everything = everything or bool(part.function)
            named = parsed(part.where).columns.values() if part.where else ()
            columns.update(named)
            faults += [_no_column(place, "where", one, known) for one in named if one not in known]
        elif part.subject == "attribute":
            columns.add(part.attribute)
            if part.attribute not in known:
                faults.append(_no_column(place, "attribute", part.attribute, known))
        elif part.subject == "event":
            faults += _of_events(place, part, events)
        elif part.subject == "property":
            column = property_column(part.criterion, properties=properties, known=known)
            if column is not None:
                found[part.criterion] = column
                columns.add(column)
            elif rule := _told_by_events(part.criterion, properties, events):
                measured[part.criterion] = rule
            else:
                fault = _no_property(place, part.criterion, properties, known)
                untold = events is None and part.criterion not in properties
                faults.append(_with_events(fault, part.criterion) if untold else fault)
    return Asked(frozenset(columns), found, measured, everything), faults


def _told_by_events(
    criterion: Criterion, properties: Mapping[str, str], events: Shape | None
) -> Rule | None:
    """Return what events tell of a property; not of one that is mapped to a column."""
    return None if events is None or criterion in properties else derived(criterion, events)


def _of_events(place: Place, rule: Rule, events: Shape | None) -> Iterator[Fault]:
    if events is None:
        hint = "name it as events: {source: ...}, or with --events"
        yield Fault(
            place.of("event"), "the campaign names no event table", file=place.file, hint=hint
        )
        return
    if rule.measured_value and not events.value:
        hint = "name its column as events.value, or a parameter as 'of'"
        yield Fault(
            place.of("measure"), "the event table maps no value", file=place.file, hint=hint
        )
    named = [
        (f"parameters.{at}.parameter", one.parameter) for at, one in enumerate(rule.parameters)
    ]
    for path, name in [*named, ("of", rule.of)]:
        if name and events.parameters is not None and name not in events.parameters:
            hint = nearest(name, events.parameters)
            yield Fault(
                place.of(path), f"events have no parameter '{name}'", file=place.file, hint=hint
            )


def _no_column(place: Place, field: str, name: str, known: Collection[str]) -> Fault:
    return Fault(
        place.of(field),
        f"'{name}' is not a column of the user table",
        file=place.file,
        hint=nearest(name, known),
    )


def _with_events(fault: Fault, criterion: Criterion) -> Fault:
    """Return a fault that says so where an event table would tell the property."""
    if derived(criterion, Shape((), value=True)) is None:
        return fault
    return replace(fault, hint=f"{fault.hint}, or name an event table: events: {{source: ...}}")


def _no_property(
    place: Place, criterion: str, properties: Mapping[str, str], known: Collection[str]
) -> Fault:
    mapped = properties.get(criterion)
    fault = (
        f"users.properties maps it to '{mapped}', which is not a column of the user table"
        if mapped
        else f"the user table has no column '{criterion.replace(' ', '_')}'"
    )
    hint = nearest(mapped or criterion, known) or "name its column in users.properties"
    return Fault(place.of("criterion"), fault, file=place.file, hint=hint)
