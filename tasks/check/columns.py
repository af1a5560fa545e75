"""Which columns of the user table a campaign reads, and which of them are not there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from blocks.mistake import AuthorMistake, Fault, nearest
from blocks.segment import Rule, Segment
from tasks.render.message import CompiledMessage
from tasks.render.variables import Everything


@dataclass(frozen=True, slots=True)
class Columns:
    """What to load for the segment and the templates, what templates see, and what to warn of."""

    load: tuple[str, ...]
    seen: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def columns(
    segment: Segment, message: CompiledMessage, *, id_column: str, available: Collection[str]
) -> Columns:
    """Return the columns to load for a segment and a message.

    Raises AuthorMistake for each column that is not in the table, with the nearest name; one
    that the templates can do without is only warned of.
    """
    known = set(available)
    faults = [*segment_faults(segment, known), *message.faults_against(known)]
    if faults:
        raise AuthorMistake(faults)
    named = message.attributes
    wanted = known if isinstance(named, Everything) else named & known
    seen = sorted(wanted - {id_column})
    load = sorted({*seen, *segment.attributes()} - {id_column})
    return Columns(
        load=(id_column, *load),
        seen=(id_column, *seen),
        warnings=tuple(
            f"{warning}: its default is used" for warning in message.warnings_against(known)
        ),
    )


def segment_faults(segment: Segment, known: Collection[str]) -> list[Fault]:
    """Return a fault for each rule that reads a column which is not among the known ones."""
    return [
        Fault(
            f"{path}.attribute",
            f"'{rule.attribute}' is not a column of the user table",
            hint=nearest(rule.attribute, known),
        )
        for path, rule in _rules(segment, "segment")
        if rule.attribute and rule.attribute not in known
    ]


def _rules(segment: Segment, path: str) -> Iterator[tuple[str, Rule]]:
    for group in ("all", "any", "none", "groups"):
        for place, part in enumerate(getattr(segment, group)):
            here = f"{path}.{group}.{place}"
            if isinstance(part, Rule):
                yield here, part
            else:
                yield from _rules(part, here)
