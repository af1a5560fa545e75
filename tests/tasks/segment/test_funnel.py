"""The funnel tells how many users each step removed, and for each user the first that did."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from blocks.segment import Rule, Segment
from tasks.segment.facts import Facts
from tasks.segment.funnel import Funnel
from tasks.segment.selection import Selection

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
USERS = pd.DataFrame(
    {"id": list("abcdef"), "plan": ["free", "free", "free", "pro", "pro", None], "n": range(6)}
)
FREE = {"attribute": "plan", "operator": "is", "value": "free"}
SEGMENT = {
    "include": ["vip.txt"],
    "all": [FREE, {"any": [{"attribute": "n", "operator": "is at least", "value": 1}]}],
    "any": [{"attribute": "n", "operator": "is", "value": 1}, FREE],
    "where": "n < 5",
    "none": [{"attribute": "n", "operator": "is", "value": 2}],
}


def selection(segment, **facts):
    segment = Segment.model_validate(segment)
    given = {"ids": {"vip.txt": pd.Index(list("abcdz"), dtype="str")}} | facts
    return Selection(segment=segment, id_column="id", now=NOW, timezone="UTC", facts=Facts(**given))


def test_each_step_takes_out_who_met_all_before_it():
    found = selection(SEGMENT).of(USERS)

    assert [(one.words, one.removed) for one in found.funnel.steps] == [
        ("is in vip.txt", 2),
        ("plan is free", 1),
        ("(n is at least 1)", 1),
        ("(n is 1 or plan is free)", 0),
        ("where n < 5", 0),
        ("not: n is 2", 1),
    ]
    assert found.funnel.left() == [4, 3, 2, 2, 2, 1]
    assert found.users["id"].tolist() == ["b"]
    assert found.funnel.selected == 1


def test_who_is_left_out_is_told_with_the_first_step_that_is_not_met():
    found = selection(SEGMENT).of(USERS)

    assert found.excluded.to_dict() == {
        "a": "(n is at least 1)",
        "c": "not: n is 2",
        "d": "plan is free",
        "e": "is in vip.txt",
        "f": "is in vip.txt",
    }


def test_all_who_are_left_out_by_a_rule_share_its_words():
    ids = [f"u{number}" for number in range(5000)]
    segment = {"all": [{"criterion": "user id", "operator": "is", "value": ids}]}

    found = selection(segment).of(USERS)

    assert len(found.excluded) == len(USERS)
    assert len({id(words) for words in found.excluded}) == 1


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_the_funnels_of_parts_add_up_to_that_of_the_table(rows):
    whole = selection(SEGMENT)

    parts = [whole.of(USERS[start : start + rows]).funnel for start in range(0, len(USERS), rows)]

    assert sum(parts, Funnel()) == whole.of(USERS).funnel


def test_ids_on_a_list_that_are_not_in_the_table_are_counted():
    found = selection(SEGMENT)

    assert found.of(USERS).funnel.unknown(found.facts.ids) == {"vip.txt": 1}


def test_as_plain_values_it_has_who_is_left_after_each_step():
    told = selection({"all": [FREE]}).of(USERS).funnel.as_dict()

    assert told == {
        "rows": 6,
        "selected": 3,
        "steps": [{"words": "plan is free", "field": "segment.all.0", "removed": 3, "left": 3}],
    }


def test_a_segment_without_rules_has_no_steps():
    assert selection({}).of(USERS).funnel.as_dict() == {"rows": 6, "selected": 6, "steps": []}


def test_the_contents_of_a_saved_segment_are_told_rule_by_rule():
    saved = {"gold.yaml": Segment.model_validate({"all": [FREE], "none": [FREE]})}
    rule = {"segment": "gold.yaml", "operator": "contents of"}

    steps = selection({"all": [rule]}, saved=saved).steps

    assert [(one.words, one.field, one.file) for one in steps] == [
        ("plan is free", "segment.all.0.all.0", "gold.yaml"),
        ("not: plan is free", "segment.all.0.none.0", "gold.yaml"),
    ]


@pytest.mark.parametrize(
    ("segment", "words"),
    [
        ({"all": [{"event": "buy", "last_days": 7}]}, "has buy in the last 7 days"),
        ({"all": [{"event": "buy", "operator": "is not set"}]}, "has no buy"),
        ({"all": [{"event": "*"}]}, "has any event"),
        ({"all": [{"event": "*", "operator": "is not set", "last_days": 2}]},
         "has no event in the last 2 days"),
        ({"all": [{"event": "*", "measure": "maximum", "of": "n", "operator": "is", "value": 1}]},
         "maximum of event n is 1"),
        (
            {"all": [{"event": "buy", "operator": "is at least", "value": 2, "last_days": 1}]},
            "occurrences of buy in the last 1 day is at least 2",
        ),
        (
            {
                "all": [
                    {
                        "event": "buy",
                        "measure": "sum",
                        "of": "price",
                        "operator": "is between",
                        "value": [1, 2],
                        "since": "2026-01-01",
                        "until": "2026-02-01",
                        "parameters": [
                            {"parameter": "genre", "operator": "is", "value": ["sf", "pop"]},
                            {"parameter": "x", "operator": "is set"},
                        ],
                    }
                ]
            },
            "sum of buy price with genre is sf or pop and x is set since 2026-01-01 until "
            "2026-02-01 is between 1 and 2",
        ),
        ({"all": [{"campaign": "spring", "last_days": 30}]}, "was sent spring in the last 30 days"),
        (
            {"all": [{"campaign": "spring", "outcome": "failed", "operator": "was not sent"}]},
            "was not sent spring (failed)",
        ),
        (
            {"all": [{"criterion": "random share", "value": "10%"}]},
            "random share is 10%",
        ),
        ({"any": [{"all": [FREE, FREE], "none": [FREE]}]},
         "((plan is free and plan is free and not (plan is free)))"),
        ({"any": [{"all": []}]}, "((everybody))"),
        ({"any": [{"any": [FREE], "where": "n > 1", "function": "my/f.py:loyal"}]},
         "(((plan is free) and where n > 1 and function f.py:loyal))"),
        ({"any": [{"groups": [{"all": [FREE]}]}]}, "(((plan is free)))"),
    ],
)  # fmt: skip
def test_steps_are_told_in_words(segment, words):
    (step,) = selection(segment).steps

    assert step.words == words


def test_a_rule_on_an_event_tells_its_period_in_words():
    rule = Rule.model_validate({"event": "buy", "measure": "first", "operator": "is set"})

    (step,) = selection({"all": [rule]}).steps

    assert step.words.startswith("first ")


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ("xyz", ["segment: none of the 3 ids of vip.txt is in the user table"]),
        ("x", ["segment: the only id of vip.txt is not in the user table"]),
        ("ax", []),
        ("", []),
    ],
)
def test_a_list_of_which_nobody_is_a_user_is_told(ids, told):
    listed = {"/lists/vip.txt": pd.Index(list(ids), dtype="str")}
    found = selection({"exclude": ["/lists/vip.txt"]}, ids=listed)

    assert list(found.warnings(found.of(USERS).funnel)) == told


def test_nothing_is_told_of_a_list_while_a_source_left_rows_out():
    found = selection({"all": [FREE], "include": ["vip.txt"]}, ids={"vip.txt": pd.Index(["x"])})
    unseen = found.left_out([2, 2, 1], USERS.head(0)).funnel
    seen = found.of(USERS).funnel

    assert list(found.warnings(seen)) != []
    assert list(found.warnings(seen + unseen)) == []
    assert list(found.warnings(seen + found.left_out([0, 0, 0], USERS.head(0)).funnel)) != []
