"""The living are told from the dead, and who was taken for dead learns it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import update

from blocks.delivery_log_tables import owners as table
from tasks.log import claims, owners
from tasks.log.owners import Owner, Process, is_alive, this_process


def owner(**values):
    given = {"heartbeat_at": 100.0, "lease": 60.0, "left_at": None, **values}
    return Owner(id=1, process=Process("here", 7, 5.0), **given)


@pytest.mark.parametrize(
    ("here", "start", "now", "alive"),
    [
        ("here", 5.0, 100.0, True),  # its process is there
        ("here", 5.0, 159.9, True),  # and its lease holds
        ("here", 5.0, 160.0, False),  # it is there, but frozen
        ("here", None, 100.0, False),  # nobody has its pid
        ("here", 6.0, 100.0, False),  # another process has its pid
        ("elsewhere", None, 159.9, True),  # its lease holds
        ("elsewhere", 5.0, 160.0, False),  # its lease is over, whoever has that pid here
    ],
)
def test_a_process_lives_while_its_lease_holds_and_on_its_host_only_if_it_is_there(
    here, start, now, alive
):
    assert is_alive(owner(), here=here, start=start, now=now) is alive


def test_who_has_left_is_not_alive():
    assert not is_alive(owner(left_at=101.0), here="here", start=5.0, now=102.0)


def test_this_process_is_running():
    process = this_process()

    assert process.pid == os.getpid()
    assert owners.started(process.pid) == process.start


def test_a_process_that_was_killed_has_no_start_before_and_after_it_is_reaped():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert owners.started(child.pid) is not None

    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and not reaped
    unreaped = owners.started(child.pid)
    child.communicate()

    assert unreaped is None
    assert owners.started(child.pid) is None


def test_a_heartbeat_renews_the_lease_by_the_databases_clock(scene):
    owner_id = scene.living()
    with scene.log.begin() as connection:
        connection.execute(update(table).values(heartbeat_at=0.0))

    assert owners.heartbeat(scene.log, owner_id=owner_id)

    with scene.log.begin() as connection:
        beaten, started = connection.execute(
            table.select().with_only_columns(table.c.heartbeat_at, table.c.started_at)
        ).one()
    assert beaten >= started > 1_700_000_000


def test_who_has_left_gets_no_heartbeat_and_no_batch(scene):
    run, owner_id = scene.run("u1"), scene.living()

    owners.leave(scene.log, owner_id=owner_id)

    assert not owners.heartbeat(scene.log, owner_id=owner_id)
    assert claims.take_batch(scene.log, run_id=run.id, owner_id=owner_id) is None


def test_the_dead_of_a_run_are_those_that_hold_its_batches(scene):
    run = scene.run("u1", "u2", "u3", batch_size=1)
    living, dead, idle = scene.living(), scene.dead(), scene.dead()
    scene.taken(run, living)
    scene.taken(run, dead)

    found = owners.dead_owners_of(scene.log, run_id=run.id)

    assert [one.id for one in found] == [dead]
    assert idle != dead


def test_a_process_elsewhere_is_dead_when_its_lease_is_over(scene):
    run = scene.run("u1")
    elsewhere = Process(host="another machine", pid=os.getpid(), start=1.0)
    owner_id = owners.register(scene.log, process=elsewhere, lease=60.0)
    scene.taken(run, owner_id)
    assert owners.dead_owners_of(scene.log, run_id=run.id) == []

    with scene.log.begin() as connection:
        late = update(table).values(heartbeat_at=table.c.heartbeat_at - 61.0)
        connection.execute(late.where(table.c.id == owner_id))

    assert [one.id for one in owners.dead_owners_of(scene.log, run_id=run.id)] == [owner_id]


def test_a_silent_process_that_is_still_there_is_dead_only_for_who_may_judge_by_silence(scene):
    run, frozen = scene.run("u1"), scene.living()
    scene.taken(run, frozen)
    with scene.log.begin() as connection:
        connection.execute(update(table).values(heartbeat_at=table.c.heartbeat_at - 61.0))

    trusted = owners.dead_owners_of(scene.log, run_id=run.id, by_silence=False)
    judged = owners.dead_owners_of(scene.log, run_id=run.id)

    assert trusted == []
    assert [one.id for one in judged] == [frozen]


def test_whoever_plans_on_this_host_is_waited_for_however_silent(scene):
    here, silent = this_process(), update(table).values(heartbeat_at=0.0)
    planner = owners.register(scene.log, process=here)
    elsewhere = owners.register(scene.log, process=Process("another machine", here.pid, here.start))
    with scene.log.begin() as connection:
        connection.execute(silent)

        assert not owners.is_dead(connection, owner_id=planner)
        assert owners.is_dead(connection, owner_id=elsewhere)
