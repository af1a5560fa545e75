"""What is promised of the values, and of the name that a webhook carries."""

from __future__ import annotations

import pytest

from tasks.log.records import Counts, Owed, State, webhook_id


def test_a_webhook_id_is_the_same_for_ever():
    made = webhook_id(run_key="spring", user_id="u1")

    assert made == "msg_667de59b0b93991f1f6dc6560231f1ad"


def test_a_webhook_id_is_short_and_printable_whatever_the_user_is_called():
    made = webhook_id(run_key="spring\n", user_id="Zoë 🚀 \udc80" * 100, trigger_id="\0")

    assert len(made) <= 64
    assert made.isascii()
    assert made.isprintable()


@pytest.mark.parametrize(
    "other",
    [
        {"run_key": "a", "user_id": "b", "trigger_id": "c"},
        {"run_key": "ab", "user_id": "", "trigger_id": "c"},
        {"run_key": "a", "user_id": "bc", "trigger_id": ""},
        {"run_key": 'a", "b', "user_id": "", "trigger_id": "c"},
        {"run_key": "a", "user_id": "b"},
    ],
)
def test_no_two_deliveries_share_a_webhook_id(other):
    one = webhook_id(run_key="", user_id="ab", trigger_id="c")

    assert webhook_id(**other) != one


def test_only_outcomes_are_final():
    final = {state.name for state in State if state.final}

    assert final == {"DELIVERED", "FAILED", "SUPPRESSED", "HELD"}


def test_recipients_with_an_outcome_are_counted_together():
    counts = Counts(audience=10, delivered=4, failed=3, suppressed=2, held=1)

    assert counts.final == 10


def test_what_is_owed_again_has_one_attempt_more():
    owed = Owed(1, "u", "", 2, 1, 5.0, 0, 0, State.IN_DOUBT)

    assert owed.again(due_at=65.0) == Owed(1, "u", "", 3, 1, 65.0, 0, 0, State.PENDING)
