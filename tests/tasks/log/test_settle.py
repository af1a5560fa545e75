"""Results are recorded once, and move a delivery only for the attempt they are of."""

from __future__ import annotations

import pytest

from tasks.log import claims, queries, reconcile, runs, settle, takeover
from tasks.log.records import Attempt, State


def settled(scene, run, owner, *ended):
    return settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=ended)


def told(scene, run, user):
    found = queries.history(scene.log, run_id=run.id, user_id=user)
    assert found is not None
    return found


def counters_tell_the_rows(scene, run):
    counts = runs.read_counts(scene.log, run_id=run.id)
    return counts == reconcile.count_rows(scene.log, run_id=run.id)


def test_a_result_is_recorded_with_its_attempt(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)

    assert settled(scene, run, owner, scene.result(one, State.DELIVERED, status=204)) == 1

    found = told(scene, run, "a")
    assert (found.delivery.state, found.delivery.status) == (State.DELIVERED, 204)
    assert found.attempts == (Attempt(one.id, 1, 20.0, 21.0, 204, None, False, None),)


def test_counters_move_with_the_rows(scene):
    run, owner = scene.run("a", "b", "c", "d"), scene.living()
    _, (first, second, third, fourth) = scene.begun(run, owner)

    settled(
        scene,
        run,
        owner,
        scene.result(first, State.DELIVERED, status=200),
        scene.result(second, State.FAILED, status=404, reason="HTTP 404"),
        scene.result(third, State.PENDING, status=503),
        scene.result(fourth, State.HELD, status=410, reason="asked to stop"),
    )

    counts = runs.read_counts(scene.log, run_id=run.id)
    assert (counts.delivered, counts.failed, counts.held, counts.pending) == (1, 1, 1, 1)
    assert counts.attempts == 4
    assert counters_tell_the_rows(scene, run)


def test_settling_twice_changes_nothing(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)
    settled(scene, run, owner, scene.result(one, State.FAILED, status=404, reason="HTTP 404"))

    again = scene.result(one, State.DELIVERED, status=200)
    assert settled(scene, run, owner, again, again) == 0

    assert told(scene, run, "a").delivery.reason == "HTTP 404"
    assert [attempt.status for attempt in told(scene, run, "a").attempts] == [404]
    assert counters_tell_the_rows(scene, run)


def test_one_result_given_twice_counts_once(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)
    ended = scene.result(one, State.DELIVERED, status=200)

    assert settled(scene, run, owner, ended, ended) == 1

    assert counters_tell_the_rows(scene, run)


def test_settling_nothing_is_nothing(scene):
    run, owner = scene.run("a"), scene.living()

    assert settled(scene, run, owner) == 0


def test_what_was_never_begun_is_not_settled(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.taken(run, owner)

    assert settled(scene, run, owner, scene.result(one, State.DELIVERED, status=200)) == 0

    assert told(scene, run, "a").attempts == ()


def test_another_owner_settles_nothing(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)

    late = scene.result(one, State.DELIVERED, status=200)
    assert settled(scene, run, scene.living(), late) == 0

    assert told(scene, run, "a").delivery.state is State.IN_FLIGHT


def test_an_attempt_of_another_number_settles_nothing(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)

    late = scene.result(one, State.DELIVERED, status=200, attempt=2)
    assert settled(scene, run, owner, late) == 0


def take_over(scene, run, policy="resend"):
    return takeover.take_over(scene.log, run_id=run.id, policy=policy, attempt_limit=6, now=50.0)


def test_a_late_answer_is_recorded_as_its_attempt_and_leaves_the_delivery(scene):
    run, slow = scene.run("a"), scene.dead()
    _, (one,) = scene.begun(run, slow)
    take_over(scene, run)

    late = scene.result(one, State.DELIVERED, status=200, ended_at=51.0, detail="thanks")
    assert settled(scene, run, slow, late) == 0

    found = told(scene, run, "a")
    assert found.delivery.state is State.IN_DOUBT
    assert found.attempts == (Attempt(one.id, 1, 20.0, 51.0, 200, None, True, "thanks"),)
    assert counters_tell_the_rows(scene, run)


def test_a_late_answer_does_not_touch_the_attempt_that_followed(scene):
    run, slow, other = scene.run("a"), scene.dead(), scene.living()
    _, (one,) = scene.begun(run, slow)
    take_over(scene, run)
    _, (again,) = scene.begun(run, other)

    settled(scene, run, slow, scene.result(one, State.FAILED, status=404))
    assert told(scene, run, "a").delivery.state is State.IN_FLIGHT
    assert settled(scene, run, other, scene.result(again, State.DELIVERED, status=200)) == 1

    found = told(scene, run, "a")
    assert found.delivery.state is State.DELIVERED
    assert [attempt.status for attempt in found.attempts] == [404, 200]
    assert counters_tell_the_rows(scene, run)


def test_a_late_answer_is_recorded_once(scene):
    run, slow = scene.run("a"), scene.dead()
    _, (one,) = scene.begun(run, slow)
    take_over(scene, run)
    settled(scene, run, slow, scene.result(one, State.DELIVERED, status=200))

    settled(scene, run, slow, scene.result(one, State.FAILED, status=404))

    assert [attempt.status for attempt in told(scene, run, "a").attempts] == [200]


def test_a_late_refused_connection_takes_the_flag_back(scene):
    run, slow = scene.run("a"), scene.dead()
    _, (one,) = scene.begun(run, slow)
    take_over(scene, run)

    refused = scene.result(one, State.PENDING, error="connection refused", maybe_received=False)
    settled(scene, run, slow, refused)

    (attempt,) = told(scene, run, "a").attempts
    assert (attempt.error, attempt.maybe_received) == ("connection refused", False)


def test_an_answer_that_was_not_waited_for_leaves_its_delivery_in_doubt(scene):
    run, owner = scene.run("a"), scene.living()
    batch, (one,) = scene.begun(run, owner)

    settled(scene, run, owner, scene.result(one, State.IN_DOUBT, error="unknown"))

    assert runs.read_counts(scene.log, run_id=run.id).in_doubt == 1
    (again,) = claims.owed(scene.log, run_id=run.id, batch=batch.number)
    assert (again.state, again.due_at) == (State.IN_DOUBT, 21.0)
    assert counters_tell_the_rows(scene, run)


def test_an_attempt_that_ended_leaves_nothing_in_flight(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)

    with pytest.raises(ValueError, match="nothing in flight"):
        settled(scene, run, owner, scene.result(one, State.IN_FLIGHT))


def test_a_delivery_owed_again_needs_its_time(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)

    with pytest.raises(ValueError, match="needs the time"):
        settled(scene, run, owner, scene.result(one, State.PENDING, due_at=None))


def test_what_a_receiver_answers_can_always_be_recorded(scene):
    run, owner = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, owner)

    strange = scene.result(
        one, State.FAILED, status=400, detail="\0 \udc80 é \N{ROCKET}", reason="\0"
    )
    assert settled(scene, run, owner, strange) == 1

    (attempt,) = told(scene, run, "a").attempts
    assert attempt.detail == "\N{REPLACEMENT CHARACTER} ? é \N{ROCKET}"


def suppress(scene, run, owner, batch, *reasons):
    return settle.suppress(
        scene.log, run_id=run.id, owner_id=owner, batch=batch.number, reasons=reasons
    )


def test_a_suppressed_recipient_keeps_its_reason_and_has_no_attempt(scene):
    run, owner = scene.run("a", "b"), scene.living()
    batch, (first, _) = scene.taken(run, owner)

    assert suppress(scene, run, owner, batch, (first.id, "url: no host")) == 1

    found = told(scene, run, "a")
    assert (found.delivery.state, found.delivery.reason) == (State.SUPPRESSED, "url: no host")
    assert found.attempts == ()
    assert runs.read_counts(scene.log, run_id=run.id).suppressed == 1
    assert counters_tell_the_rows(scene, run)


def test_suppressing_twice_counts_once(scene):
    run, owner = scene.run("a"), scene.living()
    batch, (one,) = scene.taken(run, owner)
    suppress(scene, run, owner, batch, (one.id, "first"))

    assert suppress(scene, run, owner, batch, (one.id, "second")) == 0
    assert suppress(scene, run, owner, batch) == 0

    assert told(scene, run, "a").delivery.reason == "first"


def test_one_in_doubt_that_is_suppressed_is_in_doubt_no_more(scene):
    run, owner = scene.run("a"), scene.living()
    scene.begun(run, scene.dead())
    take_over(scene, run)
    batch, (one,) = scene.taken(run, owner)

    suppress(scene, run, owner, batch, (one.id, "gone"))

    assert runs.read_counts(scene.log, run_id=run.id).in_doubt == 0
    assert counters_tell_the_rows(scene, run)


def test_nobody_suppresses_in_a_batch_of_another(scene):
    run, owner = scene.run("a"), scene.living()
    batch, (one,) = scene.taken(run, owner)

    assert suppress(scene, run, scene.living(), batch, (one.id, "why")) == 0

    assert told(scene, run, "a").delivery.state is State.PENDING
