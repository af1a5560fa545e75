"""A run balances when every recipient has an outcome, its attempts, and is counted once."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from blocks.delivery_log_tables import attempts, deliveries, runs
from tasks.log import settle
from tasks.log.reconcile import balance, count_lost
from tasks.log.records import Counts, State


@pytest.fixture
def run(scene):
    """Deliver to one user, and fail with another."""
    run, owner = scene.run("a", "b"), scene.living()
    _, (first, second) = scene.begun(run, owner)
    ended = [
        scene.result(first, State.DELIVERED, status=200),
        scene.result(second, State.FAILED, status=404, reason="HTTP 404"),
    ]
    settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=ended)
    return run


def faults_after(scene, run, *statements):
    with scene.log.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    return balance(scene.log, run_id=run.id).faults


def test_a_run_with_all_its_outcomes_balances(scene, run):
    found = balance(scene.log, run_id=run.id)

    assert found.balanced
    assert found.faults == ()
    assert found.counts == Counts(audience=2, delivered=1, failed=1, attempts=2)


def test_a_lost_recipient_is_told(scene, run):
    lost = delete(deliveries).where(deliveries.c.user_id == "a")

    assert faults_after(scene, run, lost) == (
        "the audience is 2, there are 1 recipients",
        "delivered: the counter says 1, the rows say 0",
    )


def test_an_outcome_without_its_attempts_is_told(scene, run):
    assert faults_after(scene, run, delete(attempts).where(attempts.c.status == 404)) == (
        "1 without all their attempts",
        "attempts: the counter says 2, the rows say 1",
    )


def test_an_outcome_that_was_never_sent_is_told(scene, run):
    never_sent = update(deliveries).values(attempts=0).where(deliveries.c.user_id == "a")
    forgotten = delete(attempts).where(attempts.c.status == 200)

    assert "1 without all their attempts" in faults_after(scene, run, never_sent, forgotten)


def test_what_is_owed_in_flight_or_in_doubt_is_told(scene):
    run = scene.run("a", "b", "c", batch_size=1)
    scene.begun(run, scene.living())
    owner = scene.living()
    _, (one,) = scene.begun(run, owner)
    lost = scene.result(one, State.IN_DOUBT, error="unknown")
    settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=[lost])

    assert balance(scene.log, run_id=run.id).faults == ("2 pending", "1 in doubt")


def test_a_wrong_counter_is_told(scene, run):
    assert faults_after(scene, run, update(runs).values(held=3)) == (
        "held: the counter says 3, the rows say 0",
    )


def test_a_run_whose_audience_is_not_frozen_does_not_balance(scene, run):
    assert faults_after(scene, run, update(runs).values(planned_at=None)) == (
        "the audience is not frozen",
    )


def test_what_a_dead_sender_has_in_the_air_is_told_as_lost(scene):
    run = scene.run("ada", "bob", "cleo", batch_size=1)
    scene.begun(run, scene.dead())
    scene.begun(run, scene.living())

    assert count_lost(scene.log, run_id=run.id) == 1
