"""What the dead leave is taken over: nobody is lost, and what may have arrived is flagged."""

from __future__ import annotations

import subprocess
import sys
from threading import Barrier, Thread

from tasks.log import claims, owners, queries, reconcile, runs, settle
from tasks.log.records import Attempt, State
from tasks.log.takeover import TakenOver, take_over


def take(scene, run, policy="resend", attempt_limit=6, now=50.0, engine=None):
    return take_over(
        engine or scene.log, run_id=run.id, policy=policy, attempt_limit=attempt_limit, now=now
    )


def told(scene, run, user):
    found = queries.history(scene.log, run_id=run.id, user_id=user)
    assert found is not None
    return found


def counters_tell_the_rows(scene, run):
    counts = runs.read_counts(scene.log, run_id=run.id)
    return counts == reconcile.count_rows(scene.log, run_id=run.id)


def test_a_lost_attempt_is_unknown_and_its_delivery_owed_at_once(scene):
    run = scene.run("a")
    _, (one,) = scene.begun(run, scene.dead())

    assert take(scene, run) == TakenOver(owners=1, batches=1, in_doubt=1)

    found = told(scene, run, "a")
    assert (found.delivery.state, found.delivery.due_at) == (State.IN_DOUBT, 50.0)
    assert found.attempts == (Attempt(one.id, 1, 20.0, None, None, "unknown", True, None),)
    assert runs.read_counts(scene.log, run_id=run.id).in_doubt == 1
    assert counters_tell_the_rows(scene, run)


def test_one_in_doubt_is_sent_again_and_in_doubt_no_more(scene):
    run, living = scene.run("a"), scene.living()
    scene.begun(run, scene.dead())
    take(scene, run)

    _, (again,) = scene.begun(run, living)
    assert runs.read_counts(scene.log, run_id=run.id).in_doubt == 0
    assert counters_tell_the_rows(scene, run)
    ended = scene.result(again, State.DELIVERED, status=200)
    assert settle.settle(scene.log, run_id=run.id, owner_id=living, settled=[ended]) == 1

    assert [attempt.error for attempt in told(scene, run, "a").attempts] == ["unknown", None]
    assert runs.finish_run(scene.log, run_id=run.id, now=60.0).balanced


def test_with_hold_a_lost_attempt_is_not_repeated_and_the_run_balances(scene):
    run, living = scene.run("a"), scene.living()
    scene.begun(run, scene.dead())

    assert take(scene, run, policy="hold").held == 1

    found = told(scene, run, "a").delivery
    assert (found.state, found.reason) == (State.HELD, "in_doubt")
    batch, owed = scene.taken(run, living)
    assert owed == []
    assert claims.close_batch(scene.log, run_id=run.id, owner_id=living, batch=batch.number)
    assert runs.finish_run(scene.log, run_id=run.id, now=60.0).balanced


def test_a_lost_attempt_counts_towards_the_limit(scene):
    run = scene.run("a")
    scene.begun(run, scene.dead())
    take(scene, run, attempt_limit=2)
    scene.begun(run, scene.dead())

    assert take(scene, run, attempt_limit=2).failed == 1

    found = told(scene, run, "a").delivery
    assert (found.state, found.reason, found.attempts) == (State.FAILED, "unknown, 2 attempts", 2)
    assert counters_tell_the_rows(scene, run)


def test_what_waits_with_the_dead_keeps_its_due_time(scene):
    run, dead = scene.run("a", "b"), scene.dead()
    _, (first, _) = scene.begun(run, dead)
    ended = scene.result(first, State.PENDING, status=503)
    settle.settle(scene.log, run_id=run.id, owner_id=dead, settled=[ended])

    take(scene, run)

    _, owed = scene.taken(run, scene.living())
    assert [(one.user_id, one.state, one.due_at) for one in owed] == [
        ("a", State.PENDING, 80.0),
        ("b", State.IN_DOUBT, 50.0),
    ]


def test_the_living_keep_what_they_have(scene):
    run, living = scene.run("a"), scene.living()
    _, (one,) = scene.begun(run, living)

    assert take(scene, run) == TakenOver()

    ended = scene.result(one, State.DELIVERED, status=200)
    assert settle.settle(scene.log, run_id=run.id, owner_id=living, settled=[ended]) == 1


def test_only_the_run_that_was_asked_for_is_taken_over(scene):
    spring, summer = scene.run("a", run_key="spring"), scene.run("a", run_key="summer")
    dead = scene.dead()
    scene.begun(spring, dead)
    scene.begun(summer, dead)

    take(scene, spring)
    assert told(scene, summer, "a").delivery.state is State.IN_FLIGHT

    assert take(scene, summer).in_doubt == 1


def test_who_was_taken_over_can_begin_nothing_more_and_learns_it(scene):
    run, dead = scene.run("a", "b"), scene.dead()
    batch, owed = scene.taken(run, dead)
    take(scene, run)

    begun = claims.begin(
        scene.log,
        run_id=run.id,
        owner_id=dead,
        batch=batch.number,
        delivery_ids=[one.id for one in owed],
        now=60.0,
    )

    assert begun == set()
    assert not owners.heartbeat(scene.log, owner_id=dead)


def test_two_that_take_over_at_once_record_each_loss_once(scene):
    run, dead = scene.run(*[f"u{i}" for i in range(20)], batch_size=5), scene.dead()
    for _ in range(4):
        scene.begun(run, dead)
    barrier, found = Barrier(2), []

    def take_too(number):
        engine = scene.engine(number)
        barrier.wait()
        found.append(take(scene, run, engine=engine))

    threads = [Thread(target=take_too, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one.in_doubt for one in found) == [0, 20]
    assert reconcile.count_rows(scene.log, run_id=run.id).attempts == 20
    assert counters_tell_the_rows(scene, run)


KILLED = """
import os, signal, sys
from blocks.delivery_log import DeliveryLog
from tasks.log import claims, owners

log, run_id = DeliveryLog(url=sys.argv[1]).open(), int(sys.argv[2])
owner = owners.register(log, process=owners.this_process())
batch = claims.take_batch(log, run_id=run_id, owner_id=owner)
ids = [one.id for one in claims.owed(log, run_id=run_id, batch=batch.number)]
claims.begin(log, run_id=run_id, owner_id=owner, batch=batch.number, delivery_ids=ids[:3], now=20.0)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_was_killed_is_taken_over_at_once(scene):
    run = scene.run("a", "b", "c", "d")
    ended = subprocess.run([sys.executable, "-c", KILLED, scene.urls[0], str(run.id)])
    assert ended.returncode == -9

    assert take(scene, run) == TakenOver(owners=1, batches=1, in_doubt=3)

    assert counters_tell_the_rows(scene, run)
