"""Runs are entered once, found again, and finished only when they balance."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from blocks.mistake import AuthorMistake
from tasks.log import claims, runs, settle
from tasks.log.records import Counts, State
from tasks.log.runs import RunKeyTaken


def start(scene, run_key="spring", **values):
    given = {"campaign": "offer", "digest": "d", "now": 10.0, **values}
    return runs.start_run(scene.log, run_key=run_key, **given)


def test_a_run_is_found_as_it_was_entered(scene):
    entered = start(
        scene,
        source="offer.yaml",
        definition={"name": "offer", "tags": ["ä"]},
        snapshot="parts",
        columns=["First name", "tenure"],
    )

    found = runs.find_run(scene.log, run_key="spring")

    assert found is not None
    assert found == entered
    assert (found.campaign, found.source, found.started_at) == ("offer", "offer.yaml", 10.0)
    assert found.definition == {"name": "offer", "tags": ["ä"]}
    assert found.columns == ("First name", "tenure")
    assert (found.planned_at, found.finished_at, found.wanted) == (None, None, "run")
    assert found.counts == Counts()


def test_an_unknown_key_finds_nothing(scene):
    assert runs.find_run(scene.log, run_key="none") is None


def test_the_same_key_and_digest_return_the_run_that_is_there(scene):
    first = start(scene, now=10.0)

    assert start(scene, now=99.0) == first


@pytest.mark.parametrize("other", [{"digest": "changed"}, {"campaign": "another"}])
def test_a_used_key_is_refused_to_another_campaign_or_message(scene, other):
    start(scene)

    with pytest.raises(RunKeyTaken, match="run_key: 'spring' names a run of 'offer'") as refused:
        start(scene, **other)

    assert isinstance(refused.value, AuthorMistake)


def test_two_processes_that_start_one_key_at_once_get_one_run(scene):
    barrier, found = Barrier(2), []

    def start_too(number):
        barrier.wait()
        engine = scene.engine(number)
        run = runs.start_run(engine, run_key="spring", campaign="offer", digest="d", now=1.0)
        found.append(run.id)

    scene.engine(1)
    threads = [Thread(target=start_too, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert len(set(found)) == 1


def test_unfinished_runs_of_a_campaign_come_newest_first(scene):
    start(scene, "old", now=1.0)
    start(scene, "new", now=2.0)
    start(scene, "another", campaign="other", now=3.0)

    found = runs.unfinished_runs(scene.log, campaign="offer")

    assert [run.run_key for run in found] == ["new", "old"]


def test_a_finished_run_is_not_among_the_unfinished(scene):
    run = scene.run()

    assert runs.finish_run(scene.log, run_id=run.id, now=30.0).balanced

    assert runs.unfinished_runs(scene.log, campaign="offer") == []
    assert [found.finished_at for found in runs.list_runs(scene.log)] == [30.0]


def test_runs_are_listed_for_one_campaign_or_all_up_to_a_limit(scene):
    start(scene, "a", now=1.0)
    start(scene, "b", now=2.0)
    start(scene, "c", campaign="other", now=3.0)

    assert [run.run_key for run in runs.list_runs(scene.log)] == ["c", "b", "a"]
    assert [run.run_key for run in runs.list_runs(scene.log, limit=1)] == ["c"]
    assert [run.run_key for run in runs.list_runs(scene.log, campaign="offer")] == ["b", "a"]


def test_a_run_that_does_not_balance_stays_unfinished_and_says_why(scene):
    run = scene.run("u1", "u2")

    found = runs.finish_run(scene.log, run_id=run.id, now=30.0)

    assert not found.balanced
    assert found.faults == ("2 pending",)
    assert scene.again(run).finished_at is None


def test_a_run_is_finished_once(scene):
    run = scene.run()
    runs.finish_run(scene.log, run_id=run.id, now=30.0)

    runs.finish_run(scene.log, run_id=run.id, now=99.0)

    assert scene.again(run).finished_at == 30.0


def test_a_run_can_be_wanted_to_stop_and_to_go_on(scene):
    run = scene.run("u1")

    assert runs.is_wanted(scene.log, run_id=run.id)
    runs.set_wanted(scene.log, run_id=run.id, wanted="stop")
    assert not runs.is_wanted(scene.log, run_id=run.id)
    runs.set_wanted(scene.log, run_id=run.id, wanted="run")
    assert runs.is_wanted(scene.log, run_id=run.id)


def test_nothing_else_can_be_wanted_of_a_run(scene):
    run = scene.run("u1")

    with pytest.raises(ValueError, match="not to pause"):
        runs.set_wanted(scene.log, run_id=run.id, wanted="pause")


def test_progress_reads_the_counters(scene):
    run, owner = scene.run("u1", "u2", "u3"), scene.living()
    batch, owed = scene.taken(run, owner)
    claims.begin(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        batch=batch.number,
        delivery_ids=[owed[0].id, owed[1].id],
        now=20.0,
    )
    settle.settle(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        settled=[scene.result(owed[0], State.DELIVERED, status=200)],
    )

    counts = runs.read_counts(scene.log, run_id=run.id)

    assert counts == Counts(audience=3, delivered=1, pending=2, attempts=1)


def test_a_snapshot_is_old_only_its_retention_after_the_end(scene):
    run = scene.run()
    runs.finish_run(scene.log, run_id=run.id, now=100.0)
    start(scene, "unfinished", snapshot="others")

    def old(now):
        return [one.id for one in runs.runs_with_old_snapshots(scene.log, now=now, retention=50.0)]

    assert old(149.0) == []
    assert old(150.0) == [run.id]
    runs.forget_snapshot(scene.log, run_id=run.id)
    assert old(150.0) == []
