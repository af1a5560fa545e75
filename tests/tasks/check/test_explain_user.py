"""Why a user is in the audience or not, rule by rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tasks.check.explain_user import explain_user

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SEGMENT = {
    "all": [
        {"attribute": "plan", "operator": "is", "value": "free"},
        {"attribute": "months", "operator": "is at least", "value": 2},
        {"any": [{"attribute": "first_name", "operator": "is set"}]},
    ],
    "none": [{"criterion": "user bucket", "operator": "is less than", "value": 0}],
}


@pytest.fixture
def explained(campaign_of):
    def explain(user, segment=SEGMENT):
        return explain_user(campaign_of(segment=segment), user, now=NOW)

    return explain


def test_a_user_in_the_audience_meets_every_step(explained):
    found = explained("ada")

    assert found.selected
    assert found.first is None
    assert [(one.words, one.met, one.value) for one in found.verdicts] == [
        ("plan is free", True, "free"),
        ("months is at least 2", True, "3"),
        ("(first_name is set)", True, None),
        ("not: user bucket is less than 0", True, found.verdicts[3].value),
    ]


def test_a_user_who_is_left_out_is_told_every_step_and_the_first_not_met(explained):
    found = explained("bob")

    assert not found.selected
    assert [one.met for one in found.verdicts] == [True, False, False, True]
    assert found.first.words == "months is at least 2"
    assert found.as_dict()["rule"] == "months is at least 2"
    assert not found.as_dict()["in_audience"]


def test_what_a_user_lacks_is_not_set(explained):
    rule = {"attribute": "first_name", "operator": "is set"}

    (verdict,) = explained("bob", {"all": [rule]}).verdicts

    assert (verdict.met, verdict.value) == (False, "not set")


@pytest.mark.parametrize(
    ("user", "nearest"), [("ADA", ("ada",)), ("cleoo", ("cleo",)), ("zzz", ())]
)
def test_a_user_who_is_not_in_the_table_has_near_ids(explained, user, nearest):
    found = explained(user)

    assert not found.in_table
    assert not found.selected
    assert found.nearest == nearest
    assert found.as_dict()["rule"] is None
