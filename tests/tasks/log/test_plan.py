"""The plan is written in parts, frozen at once, and begun again after a crash."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from blocks.delivery_log_tables import batches
from blocks.mistake import AuthorMistake
from tasks.log import claims, plan, queries, runs
from tasks.log.plan import PlanRefused
from tasks.log.reconcile import count_rows
from tasks.log.records import State


@pytest.fixture
def run(scene):
    return runs.start_run(scene.log, run_key="spring", campaign="offer", digest="d", now=10.0)


def begin(scene, run, owner):
    plan.begin_plan(scene.log, run_id=run.id, owner_id=owner)


def write(scene, run, owner, users, part=0, batch_size=2):
    return plan.plan_part(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        part=part,
        user_ids=users,
        batch_size=batch_size,
        due_at=11.0,
    )


def freeze(scene, run, owner, audience):
    plan.freeze(scene.log, run_id=run.id, owner_id=owner, audience=audience, now=12.0)


def test_every_recipient_is_owed_one_delivery_in_the_order_of_the_rows(scene, run):
    owner = scene.living()
    begin(scene, run, owner)

    assert write(scene, run, owner, ["c", "a", "b"]) == 2
    assert write(scene, run, owner, ["d"], part=1) == 1
    freeze(scene, run, owner, 4)

    owed = [one for batch in range(3) for one in claims.owed(scene.log, run_id=run.id, batch=batch)]
    assert [(one.user_id, one.part, one.row) for one in owed] == [
        ("c", 0, 0),
        ("a", 0, 1),
        ("b", 0, 2),
        ("d", 1, 0),
    ]
    assert {(one.state, one.attempts, one.due_at) for one in owed} == {(State.PENDING, 0, 11.0)}


def test_batches_are_neighbouring_rows_of_one_part(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a", "b", "c"])
    write(scene, run, owner, ["d", "e"], part=1)

    columns = (batches.c.number, batches.c.part, batches.c.first, batches.c.size)
    with scene.log.connect() as connection:
        rows = connection.execute(select(*columns).order_by(batches.c.number)).all()

    assert [tuple(row) for row in rows] == [(0, 0, 0, 2), (1, 0, 2, 1), (2, 1, 0, 2)]


def test_the_audience_is_frozen_together_with_the_time(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a", "b"])
    assert scene.again(run).planned_at is None

    freeze(scene, run, owner, 2)

    frozen = scene.again(run)
    assert (frozen.planned_at, frozen.counts.audience, frozen.counts.pending) == (12.0, 2, 2)


def test_whoever_watches_sees_how_many_are_written_so_far(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a", "b"])
    write(scene, run, owner, ["c"], part=1)
    assert scene.again(run).counts.audience == 3

    begin(scene, run, owner)
    assert scene.again(run).counts.audience == 0


def test_an_audience_that_differs_from_what_was_written_is_not_frozen(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a", "b"])

    with pytest.raises(PlanRefused, match="of an audience of 3 there are 2 written"):
        freeze(scene, run, owner, 3)


def test_nothing_can_be_sent_before_the_audience_is_frozen(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a", "b"])

    assert claims.take_batch(scene.log, run_id=run.id, owner_id=owner) is None


def test_an_empty_audience_is_an_audience(scene, run):
    owner = scene.living()
    begin(scene, run, owner)

    assert write(scene, run, owner, []) == 0
    freeze(scene, run, owner, 0)

    assert runs.finish_run(scene.log, run_id=run.id, now=13.0).balanced


def test_a_run_whose_planner_died_is_wiped_and_planned_again(scene, run):
    dead, living = scene.dead(), scene.living()
    begin(scene, run, dead)
    write(scene, run, dead, ["a", "b", "c"])

    begin(scene, run, living)
    write(scene, run, living, ["a", "z"])
    freeze(scene, run, living, 2)

    assert count_rows(scene.log, run_id=run.id).audience == 2
    users = [one.user_id for one in queries.list_deliveries(scene.log, run_id=run.id)]
    assert users == ["a", "z"]


def test_the_same_planner_may_begin_again(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a"])

    begin(scene, run, owner)

    assert count_rows(scene.log, run_id=run.id).audience == 0


def test_a_living_planner_is_not_disturbed(scene, run):
    begin(scene, run, scene.living())

    with pytest.raises(PlanRefused, match="another process is planning"):
        begin(scene, run, scene.living())


def test_a_planner_that_was_taken_for_dead_writes_nothing_more(scene, run):
    dead, living = scene.dead(), scene.living()
    begin(scene, run, dead)
    begin(scene, run, living)

    with pytest.raises(PlanRefused, match="another's"):
        write(scene, run, dead, ["a"])
    with pytest.raises(PlanRefused, match="another's"):
        freeze(scene, run, dead, 0)


def test_a_frozen_run_is_never_planned_again(scene):
    run = scene.run("a")

    with pytest.raises(PlanRefused, match="frozen"):
        begin(scene, run, scene.living())


def test_a_user_that_occurs_twice_is_the_authors_mistake(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["a", "b"])

    with pytest.raises(AuthorMistake, match=r"users\.id: a user id occurs more than once"):
        write(scene, run, owner, ["b", "c"], part=1)

    assert count_rows(scene.log, run_id=run.id).audience == 2


def test_a_user_id_that_is_not_text_is_the_authors_mistake(scene, run):
    owner = scene.living()
    begin(scene, run, owner)

    with pytest.raises(AuthorMistake, match=r"users\.id: a user id holds what is not text"):
        write(scene, run, owner, ["a", "\udc80"])


def test_two_runs_may_owe_one_user_a_delivery_each(scene):
    scene.run("a", run_key="spring")
    scene.run("a", run_key="summer")

    assert [run.counts.audience for run in runs.list_runs(scene.log)] == [1, 1]


def test_a_planning_that_is_given_up_leaves_nothing_and_another_may_begin(scene, run):
    owner = scene.living()
    begin(scene, run, owner)
    write(scene, run, owner, ["ada", "bob"])

    plan.give_up(scene.log, run_id=run.id, owner_id=owner)

    assert count_rows(scene.log, run_id=run.id).audience == 0
    begin(scene, run, scene.living())


def test_a_run_that_another_is_planning_is_not_withdrawn(scene, run):
    owner = scene.living()
    begin(scene, run, owner)

    runs.withdraw(scene.log, run_id=run.id)
    assert runs.find_run(scene.log, run_key="spring") is not None

    plan.give_up(scene.log, run_id=run.id, owner_id=owner)
    runs.withdraw(scene.log, run_id=run.id)
    assert runs.find_run(scene.log, run_key="spring") is None
