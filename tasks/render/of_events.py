"""Built-in variables of what users did: the rule that measures each of them in the event table."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from blocks.event_table import Shape
from blocks.mistake import Fault
from blocks.segment import Rule
from blocks.segment_subject import Measure
from tasks.render.built_in import PROPERTY_OF
from tasks.render.compiled import CompiledMessage
from tasks.render.field import field_of
from tasks.render.variables import is_of_events
from tasks.segment.derived import derived

_MEASURES: Mapping[str, Measure] = {
    "firstOccurrenceOf": "first",
    "lastOccurrenceOf": "last",
    "occurrencesOf": "occurrences",
    "recentOccurrencesOf": "occurrences",
    "valueOf": "sum",
}
_MOST_DAYS = 36_500
# Who did nothing has done it no times, for nothing; there is no date of it.
_ZERO: frozenset[Measure] = frozenset({"occurrences", "sum"})


@dataclass(frozen=True, slots=True)
class Measured:
    """A column that the user table lacks and the event table can give.

    Attributes:
        column: what templates look up.
        rule: what it measures of the events.
    """

    column: str
    rule: Rule

    @property
    def zero(self) -> bool:
        """Tell whether who has no such event has 0, rather than nothing."""
        return self.rule.measure in _ZERO


def measured_of(
    message: CompiledMessage, *, known: Collection[str], events: Shape
) -> tuple[tuple[Measured, ...], list[Fault]]:
    """Return what a message's templates ask of the event table, and what they get wrong in it.

    A column of the user table (`known`) is taken as it is; `events` is what the event table has.
    """
    found: dict[str, Measured] = {}
    faults: list[Fault] = []
    for text in message.texts:
        for name in sorted(text.named.names.difference(known)):
            try:
                rule = rule_of(name, events)
            except ValueError as error:
                faults.append(Fault(field_of(text.name), str(error)))
                continue
            if rule is None:
                continue
            if rule.measured_value and not events.value:
                fault = f"'{name}' is a value, and the event table maps none"
                hint = "name its column as events.value"
                faults.append(Fault(field_of(text.name), fault, hint=hint))
            found[name] = Measured(name, rule)
    return tuple(found.values()), faults


def rule_of(column: str, events: Shape) -> Rule | None:
    """Return what measures a column such as `occurrencesOf['x']` or `firstRun`; None for others.

    Raises ValueError for days that are no number of days.
    """
    if column in PROPERTY_OF:
        return derived(PROPERTY_OF[column], events)
    path = _path(column) if is_of_events(column) else []
    if len(path) < 2:
        return None
    variable, event, *days = path
    if not event:
        raise ValueError(f"'{column}' names no event")
    if not days:
        return _rule(event, _MEASURES[variable])
    if not days[0].isdecimal() or not 1 <= int(days[0]) <= _MOST_DAYS:
        raise ValueError(f"'{column}' counts the last days, a number from 1 to {_MOST_DAYS:,}")
    return _rule(event, "occurrences", last_days=int(days[0]))


def _path(column: str) -> list[str]:
    """Return the variable of a column and the texts looked up in it; none if it is no look-up."""
    try:
        node = ast.parse(column, mode="eval").body
    except SyntaxError:
        return []
    keys: list[str] = []
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        keys.insert(0, str(node.slice.value))
        node = node.value
    return [node.id, *keys] if isinstance(node, ast.Name) else []


def _rule(event: str, measure: Measure, *, last_days: int = 0) -> Rule:
    return Rule(event=event, measure=measure, operator="is set", last_days=last_days)
