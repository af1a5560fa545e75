"""Runs that finished long ago lose their rows and keep what these came to."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import func, select

from blocks.delivery_log_tables import attempts, batches, deliveries, owners
from tasks.log import claims, plan, prune, reconcile, runs, settle, snapshot
from tasks.log.prune import drop_old_owners, prunable, prune_run
from tasks.log.records import State
from tasks.log.reopen import NotReopened, resend_failed
from tasks.log.runs import start_run
from tasks.report.read import read_report


def finished(scene, *users, run_key="spring", at=100.0, batch_size=2, location="parts"):
    """Finish a run of these users, the first of whom failed."""
    run = start_run(
        scene.log, run_key=run_key, campaign="offer", digest="d", now=10.0, snapshot=location
    )
    owner = scene.living()
    plan.begin_plan(scene.log, run_id=run.id, owner_id=owner)
    plan.plan_part(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        part=0,
        user_ids=users,
        batch_size=batch_size,
        due_at=11.0,
    )
    plan.freeze(scene.log, run_id=run.id, owner_id=owner, audience=len(users), now=12.0)
    for _ in range(0, len(users), batch_size):
        batch, owed = scene.begun(run, owner)
        ended = [
            scene.result(one, State.FAILED, status=404, reason="HTTP 404")
            if one.user_id == users[0]
            else scene.result(one, State.DELIVERED, status=200)
            for one in owed
        ]
        settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=ended)
        claims.close_batch(scene.log, run_id=run.id, owner_id=owner, batch=batch.number)
    assert runs.finish_run(scene.log, run_id=run.id, now=at).balanced
    return scene.again(run)


def report(scene, run):
    return read_report(scene.log, run_key=run.run_key, now=500.0)


def pruned(scene, run):
    return list(prune_run(scene.log, run=run, report=report(scene, run).as_dict(), now=400.0))


def rows(scene, run):
    """Count what there is of a run in each table."""
    with scene.log.connect() as connection:
        return [
            connection.scalar(select(func.count()).where(table.c.run_id == run.id))
            for table in (batches, deliveries, attempts)
        ]


def test_only_runs_that_finished_by_then_are_pruned(scene):
    old = finished(scene, "a", run_key="old", at=100.0)
    finished(scene, "a", run_key="young", at=100.5)
    scene.run("a", run_key="unfinished")

    assert [run.id for run in prunable(scene.log, finished_before=100.0)] == [old.id]


def test_the_rows_go_and_the_line_keeps_its_counts_and_its_report(scene):
    other = finished(scene, "a", "b", run_key="other")
    run = finished(scene, "a", "b", "c")
    before = report(scene, run)

    dropped = pruned(scene, run)

    assert (sum(one.deliveries for one in dropped), sum(one.attempts for one in dropped)) == (3, 3)
    assert rows(scene, run) == [0, 0, 0]
    assert rows(scene, other) == [1, 2, 2]
    left = scene.again(run)
    assert (left.counts, left.finished_at, left.pruned_at) == (run.counts, 100.0, 400.0)
    assert report(scene, run) == before
    assert before.reasons == {"failed: HTTP 404": 1}
    assert reconcile.balance(scene.log, run_id=run.id).balanced


def test_a_run_is_pruned_in_bounded_portions_between_which_others_write(scene, monkeypatch):
    run = finished(scene, *[f"u{number}" for number in range(10)])
    other = scene.run("a", run_key="other")
    monkeypatch.setattr(prune, "PORTION", 4)

    portions = []
    for dropped in prune_run(scene.log, run=run, report={}, now=400.0):
        portions.append(dropped.deliveries)
        # Would wait for ever, and the test with it, if the log were held between portions.
        runs.set_wanted(scene.engine(1), run_id=other.id, wanted="stop")

    assert portions == [4, 4, 2]


def test_pruning_that_was_broken_off_is_gone_on_with(scene, monkeypatch):
    run = finished(scene, "a", "b", "c", "d")
    before = report(scene, run)
    monkeypatch.setattr(prune, "PORTION", 2)
    next(prune_run(scene.log, run=run, report=before.as_dict(), now=400.0))
    assert rows(scene, run) == [1, 2, 2]

    (again,) = prunable(scene.log, finished_before=100.0)
    pruned(scene, again)

    assert rows(scene, run) == [0, 0, 0]
    assert report(scene, run) == before
    assert prunable(scene.log, finished_before=100.0) == []


def test_a_run_that_is_sent_again_meanwhile_is_left_alone(scene):
    run = finished(scene, "a", "b")
    assert resend_failed(scene.log, run_id=run.id, now=300.0) == 1

    assert pruned(scene, run) == []

    assert rows(scene, run) == [1, 2, 2]
    assert scene.again(run).pruned_at is None


def test_a_pruned_run_cannot_be_sent_again(scene):
    run = finished(scene, "a", "b")
    pruned(scene, run)

    with pytest.raises(NotReopened, match="its recipients were removed"):
        resend_failed(scene.log, run_id=run.id, now=500.0)


def test_its_snapshot_goes_as_well(scene, tmp_path):
    location = str(tmp_path / "parts")
    snapshot.write_part(location, part=0, frame=pd.DataFrame({"user_id": ["a"]}))
    run = finished(scene, "a", location=location)

    pruned(scene, run)

    assert not Path(location).exists()
    assert scene.again(run).snapshot is None


def test_a_run_of_nobody_is_pruned_too(scene):
    run = finished(scene)

    assert pruned(scene, run) == []

    assert scene.again(run).pruned_at == 400.0
    assert prunable(scene.log, finished_before=100.0) == []


def test_owners_that_left_are_forgotten_but_those_that_hold_something(scene):
    run = scene.run("a")
    gone, holds, newest = scene.living(), scene.living(), scene.living()
    scene.begun(run, holds)
    with scene.log.begin() as connection:
        connection.execute(owners.update().values(left_at=50.0))

    assert drop_old_owners(scene.log, left_before=49.0) == 0
    drop_old_owners(scene.log, left_before=50.0)

    with scene.log.connect() as connection:
        left = set(connection.scalars(select(owners.c.id)))
    assert gone not in left
    assert {holds, newest} <= left
