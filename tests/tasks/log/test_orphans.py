"""A run is lost when its senders died; a flow run is orphaned when its process did."""

from __future__ import annotations

import os

from tasks.log import owners, runs
from tasks.log.orphans import forget_orphan, lost_runs, orphans
from tasks.log.owners import Process, this_process


def enter(scene, run=None, flow_run=None, *, dead=False, host=None, lease=60.0):
    here = this_process()
    process = Process(host=host or here.host, pid=os.getpid(), start=-1.0 if dead else here.start)
    return owners.register(
        scene.log,
        process=process,
        run_id=None if run is None else run.id,
        flow_run_id=flow_run,
        lease=lease,
    )


def lost(scene):
    return [run.run_key for run in lost_runs(scene.log)]


def orphaned(scene):
    return [one.flow_run_id for one in orphans(scene.log)]


def test_a_run_whose_sender_died_is_lost(scene):
    run = scene.run("a")
    enter(scene, run, dead=True)

    assert lost(scene) == ["spring"]


def test_one_that_a_living_sender_has_is_not(scene):
    run = scene.run("a")
    enter(scene, run, dead=True)
    enter(scene, run)

    assert lost(scene) == []


def test_on_another_machine_a_sender_is_dead_when_its_lease_is_over(scene):
    over, held = scene.run("a", run_key="over"), scene.run("a", run_key="held")
    enter(scene, over, host="elsewhere", lease=-1.0)
    enter(scene, held, host="elsewhere", lease=60.0)

    assert lost(scene) == ["over"]


def test_one_whose_sender_said_goodbye_was_stopped_and_is_not_lost(scene):
    run = scene.run("a")
    owners.leave(scene.log, owner_id=enter(scene, run))

    assert lost(scene) == []


def test_who_goes_on_with_a_lost_run_answers_for_it(scene):
    run = scene.run("a")
    enter(scene, run, dead=True)
    second = enter(scene, run)

    owners.leave(scene.log, owner_id=second)
    assert lost(scene) == []

    enter(scene, run, dead=True)
    assert lost(scene) == ["spring"]


def test_a_sender_that_left_after_another_died_leaves_the_run_lost(scene):
    run = scene.run("a")
    _, scene_owner = enter(scene, run, dead=False), enter(scene, run)
    enter(scene, run, dead=True)
    owners.leave(scene.log, owner_id=scene_owner)
    with scene.log.begin() as connection:
        connection.exec_driver_sql("UPDATE owners SET process_start = -1 WHERE left_at IS NULL")

    assert lost(scene) == ["spring"]


def test_neither_a_finished_run_nor_one_that_is_to_stop_is_lost(scene):
    finished, stopped = scene.run(run_key="finished"), scene.run("a", run_key="stopped")
    for run in (finished, stopped):
        enter(scene, run, dead=True)
    runs.finish_run(scene.log, run_id=finished.id, now=99.0)
    runs.set_wanted(scene.log, run_id=stopped.id, wanted="stop")

    assert lost(scene) == []


def test_a_flow_run_whose_process_died_is_an_orphan_until_that_is_told(scene):
    owner = enter(scene, scene.run("a"), "f1", dead=True)
    assert orphaned(scene) == ["f1"]

    forget_orphan(scene.log, owner_id=owner)

    assert orphaned(scene) == []


def test_one_that_was_buried_meanwhile_still_is(scene):
    owner = enter(scene, scene.run("a"), "f1", dead=True)
    with scene.log.begin() as connection:
        owners.bury(connection, [owner])

    assert orphaned(scene) == ["f1"]


def test_one_that_ended_by_itself_or_has_a_living_process_is_none(scene):
    run = scene.run("a")
    owners.leave(scene.log, owner_id=enter(scene, run, "ended"))
    enter(scene, run, "tried again", dead=True)
    enter(scene, run, "tried again")

    assert orphaned(scene) == []
