"""What users did, as templates name it, is measured in the event table where no column has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks.event_chunk import ANY_EVENT
from blocks.event_table import Shape
from blocks.message import Message
from tasks.render.message import compile_message
from tasks.render.of_events import measured_of, rule_of

SHAPE = Shape(columns=(), value=True, session="start", purchase="revenue")
RULES = [
    ("occurrencesOf['buy']", ("buy", "occurrences", 0)),
    ("recentOccurrencesOf['buy']['30']", ("buy", "occurrences", 30)),
    ("firstOccurrenceOf['a, b[1]']", ("a, b[1]", "first", 0)),
    ('lastOccurrenceOf["it\'s"]', ("it's", "last", 0)),
    ("valueOf['buy']", ("buy", "sum", 0)),
    ("lifetimeValue", ("revenue", "sum", 0)),
    ("numPriorSessions", ("start", "occurrences", 0)),
    ("firstRun", (ANY_EVENT, "first", 0)),
    ("lastActive", (ANY_EVENT, "last", 0)),
]
NO_RULES = [
    "plan",
    "city",
    "occurrencesOf",
    "occurrencesOf[x]",
    "occurrencesOf[}]",
    "occurrencesOf[1]()[2]",
]
DAYS = ["0", "-1", "ten", "36501", "1.5"]


def asked(template: str, *, known=frozenset(), **events):
    message = compile_message(Message(url="https://h.example/", body=template), environ={}, now=0.0)
    return measured_of(message, known=known, events=replace(SHAPE, **events))


@pytest.mark.parametrize(("column", "expected"), RULES)
def test_a_variable_is_a_measure_of_an_event(column, expected):
    rule = rule_of(column, SHAPE)

    assert rule is not None
    assert (rule.event, rule.measure, rule.last_days) == expected


@pytest.mark.parametrize("column", NO_RULES)
def test_other_columns_are_none(column):
    assert rule_of(column, SHAPE) is None


@pytest.mark.parametrize("days", DAYS)
def test_days_that_are_no_number_of_days_are_a_mistake_of_the_text(days):
    found, (fault,) = asked('{{Recent occurrences "buy" "' + days + '"}}')

    assert found == ()
    assert fault.field == "message.body"
    assert fault.fault.endswith("counts the last days, a number from 1 to 36,500")


def test_an_event_without_a_name_is_a_mistake():
    _, (fault,) = asked("{{ occurrencesOf[''] }}")

    assert fault.fault == "'occurrencesOf['']' names no event"


def test_a_column_of_the_user_table_is_taken_as_it_is():
    found, faults = asked("{{ occurrencesOf.buy }}", known={"occurrencesOf['buy']"})

    assert (found, faults) == ((), [])


def test_a_value_is_asked_only_of_events_that_have_one():
    _, (fault,) = asked("{{ valueOf.buy }}", value=False)

    assert str(fault) == (
        "message.body: 'valueOf['buy']' is a value, and the event table maps none "
        "(name its column as events.value)"
    )
    assert asked("{{ lifetimeValue | default(0) }}", value=False) == ((), [])


def test_who_did_nothing_has_done_it_no_times_and_never():
    found, _ = asked("{{ occurrencesOf.a ~ lastOccurrenceOf.a ~ lifetimeValue ~ userAttribute.x }}")

    assert {one.column: one.zero for one in found} == {
        "lastOccurrenceOf['a']": False,
        "lifetimeValue": True,
        "occurrencesOf['a']": True,
    }


def test_an_event_that_is_computed_is_a_mistake():
    with pytest.raises(Exception, match=r"it takes what is known beforehand, in quotes"):
        asked("{{ occurrencesOf[userId] }}")
