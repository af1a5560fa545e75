"""Which steps of a selection its source may answer: the leading ones that ask something simple."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from blocks.segment import Rule
from blocks.user_table_condition import Clause, Condition, Test
from tasks.segment.steps import Step

# How a source asks what a rule asks, and whether it asks the contrary.
_TESTS: dict[str, tuple[Test, bool]] = {
    "is set": ("is set", False),
    "is not set": ("is set", True),
    "is": ("is", False),
    "is not": ("is", True),
    "contains": ("contains", False),
    "does not contain": ("contains", True),
    "is greater than": ("is greater than", False),
    "is less than": ("is less than", False),
    "is at least": ("is at least", False),
    "is at most": ("is at most", False),
    "is between": ("is between", False),
}
_BY_SIZE = ("is greater than", "is less than", "is at least", "is at most", "is between")


def clauses_of(steps: Iterable[Step], properties: Mapping[str, str]) -> tuple[Clause, ...]:
    """Return what the leading steps ask, up to the first that asks more than tests of columns.

    `properties` maps the names of properties to columns.
    """
    found: list[Clause] = []
    for step in steps:
        clause = _clause(step, properties)
        if clause is None:
            break
        found.append(clause)
    return tuple(found)


def _clause(step: Step, properties: Mapping[str, str]) -> Clause | None:
    parts = (step.part,) if isinstance(step.part, Rule) else step.part.any
    conditions = [_condition(one, properties) for one in parts if isinstance(one, Rule)]
    found = tuple(one for one in conditions if one is not None)
    # An expression or a function has no parts; groups within `any` are no rules.
    complete = bool(parts) and len(found) == len(parts)
    return Clause(found, step.negated) if complete else None


def _condition(rule: Rule, properties: Mapping[str, str]) -> Condition | None:
    column = rule.attribute or properties.get(rule.criterion)
    if not column or rule.operator not in _TESTS:
        return None
    test, negated = _TESTS[rule.operator]
    if rule.expects == "version" and test != "is set":
        return None
    values = rule.numbers if test in _BY_SIZE else rule.values
    if test in _BY_SIZE and not values:  # dates
        return None
    return Condition(column, test, tuple(values), negated)
