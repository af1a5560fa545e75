"""What failed in a finished run may be sent again, under the same key, in a new round."""

from __future__ import annotations

import pytest

from tasks.log import claims, queries, reconcile, runs, settle
from tasks.log.records import State
from tasks.log.reopen import NotReopened, resend_failed
from tasks.log.takeover import take_over


def finished(scene, **states):
    """Return a finished run in which each user came out in the state given."""
    run, owner = scene.run(*states, batch_size=1), scene.living()
    for state in states.values():
        batch, (one,) = scene.begun(run, owner)
        ended = scene.result(one, state, status=200 if state is State.DELIVERED else 404)
        settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=[ended])
        claims.close_batch(scene.log, run_id=run.id, owner_id=owner, batch=batch.number)
    assert runs.finish_run(scene.log, run_id=run.id, now=30.0).balanced
    return run


def test_only_what_failed_is_owed_again(scene):
    run = finished(scene, a=State.DELIVERED, b=State.FAILED, c=State.FAILED, d=State.HELD)

    assert resend_failed(scene.log, run_id=run.id, now=100.0) == 2

    taken = [scene.taken(run, scene.living())[1] for _ in range(2)]
    assert [[one.user_id for one in owed] for owed in taken] == [["b"], ["c"]]
    assert claims.take_batch(scene.log, run_id=run.id, owner_id=scene.living()) is None


def test_a_new_round_begins_and_the_earlier_attempts_stay(scene):
    run = finished(scene, a=State.FAILED)
    resend_failed(scene.log, run_id=run.id, now=100.0)

    _, (one,) = scene.taken(run, scene.living())

    assert (one.attempts, one.earlier_attempts, one.due_at) == (1, 1, 100.0)
    found = queries.history(scene.log, run_id=run.id, user_id="a")
    assert found is not None
    assert [attempt.number for attempt in found.attempts] == [1]


def test_the_run_is_unfinished_until_it_balances_again(scene):
    run, owner = finished(scene, a=State.FAILED, b=State.DELIVERED), scene.living()
    runs.set_wanted(scene.log, run_id=run.id, wanted="stop")
    resend_failed(scene.log, run_id=run.id, now=100.0)
    reopened = scene.again(run)
    assert (reopened.finished_at, reopened.wanted) == (None, "run")
    assert (reopened.counts.failed, reopened.counts.pending) == (0, 1)
    assert reopened.counts == reconcile.count_rows(scene.log, run_id=run.id)

    _, (one,) = scene.begun(run, owner)
    ended = scene.result(one, State.DELIVERED, status=200)
    settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=[ended])

    assert runs.finish_run(scene.log, run_id=run.id, now=130.0).balanced
    assert scene.again(run).finished_at == 130.0


def test_the_attempt_limit_counts_from_the_new_round(scene):
    run = finished(scene, a=State.FAILED)
    resend_failed(scene.log, run_id=run.id, now=100.0)
    scene.begun(run, scene.dead())

    taken = take_over(scene.log, run_id=run.id, policy="resend", attempt_limit=2, now=110.0)

    assert (taken.in_doubt, taken.failed) == (1, 0)


def test_where_nothing_failed_the_run_stays_finished(scene):
    run = finished(scene, a=State.DELIVERED)

    assert resend_failed(scene.log, run_id=run.id, now=100.0) == 0

    assert scene.again(run).finished_at == 30.0


def test_an_unfinished_run_is_resumed_not_sent_again(scene):
    run = finished(scene, a=State.FAILED)
    resend_failed(scene.log, run_id=run.id, now=100.0)

    with pytest.raises(NotReopened, match="resume it first"):
        resend_failed(scene.log, run_id=run.id, now=101.0)


def test_without_its_snapshot_a_run_cannot_be_sent_again(scene):
    run = finished(scene, a=State.FAILED)
    runs.forget_snapshot(scene.log, run_id=run.id)

    with pytest.raises(NotReopened, match="snapshot"):
        resend_failed(scene.log, run_id=run.id, now=100.0)
