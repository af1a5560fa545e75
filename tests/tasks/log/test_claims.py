"""A batch has one owner, and an attempt is begun once, by the one whose batch it is."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from tasks.log import claims, reconcile, runs, settle
from tasks.log.records import Batch, State


def begin(scene, run, owner, batch, owed, now=20.0):
    return claims.begin(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        batch=batch.number,
        delivery_ids=[one.id for one in owed],
        now=now,
    )


def take(scene, run, owner):
    return claims.take_batch(scene.log, run_id=run.id, owner_id=owner)


def close(scene, run, owner, batch):
    return claims.close_batch(scene.log, run_id=run.id, owner_id=owner, batch=batch.number)


def settle_all(scene, run, owner, owed, state):
    ended = [scene.result(one, state, status=200) for one in owed]
    return settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=ended)


def test_batches_are_taken_in_their_order_until_none_is_left(scene):
    run, owner = scene.run("a", "b", "c", batch_size=2), scene.living()

    assert take(scene, run, owner) == Batch(run.id, 0, part=0, first=0, size=2)
    assert take(scene, run, owner) == Batch(run.id, 1, part=0, first=2, size=1)
    assert take(scene, run, owner) is None


def test_no_batch_is_given_of_a_run_that_is_to_stop(scene):
    run, owner = scene.run("a"), scene.living()

    runs.set_wanted(scene.log, run_id=run.id, wanted="stop")
    assert take(scene, run, owner) is None

    runs.set_wanted(scene.log, run_id=run.id, wanted="run")
    assert take(scene, run, owner) is not None


def test_many_takers_share_the_batches_and_none_has_two_owners(scene):
    run = scene.run(*[f"u{i}" for i in range(60)], batch_size=1)
    engines, barrier, taken = [scene.engine(0), scene.engine(1)], Barrier(4), []

    def take_all(engine, owner):
        barrier.wait()
        while batch := claims.take_batch(engine, run_id=run.id, owner_id=owner):
            taken.append(batch.number)

    threads = [Thread(target=take_all, args=[engines[i % 2], scene.living()]) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(60))


def test_an_attempt_is_counted_when_it_is_begun(scene):
    run, owner = scene.run("a", "b"), scene.living()
    batch, owed = scene.taken(run, owner)

    assert begin(scene, run, owner, batch, owed) == {one.id for one in owed}

    after = claims.owed(scene.log, run_id=run.id, batch=batch.number)
    assert {(one.state, one.attempts) for one in after} == {(State.IN_FLIGHT, 1)}


def test_what_is_in_flight_or_final_is_not_begun(scene):
    run, owner = scene.run("a", "b", "c"), scene.living()
    batch, owed = scene.taken(run, owner)
    begin(scene, run, owner, batch, owed[:2])
    settle_all(scene, run, owner, owed[:1], State.DELIVERED)

    assert begin(scene, run, owner, batch, owed) == {owed[2].id}


def test_what_waits_for_a_retry_may_be_begun_again(scene):
    run, owner = scene.run("a"), scene.living()
    batch, owed = scene.begun(run, owner)
    settle_all(scene, run, owner, owed, State.PENDING)

    (again,) = claims.owed(scene.log, run_id=run.id, batch=batch.number)

    assert (again.attempts, again.due_at, again.state) == (1, 80.0, State.PENDING)
    assert begin(scene, run, owner, batch, [again]) == {again.id}


def test_an_attempt_that_is_not_made_is_taken_back_and_counts_for_nothing(scene):
    run, owner = scene.run("a", "b"), scene.living()
    batch, owed = scene.begun(run, owner)

    taken_back = claims.unbegin(
        scene.log, run_id=run.id, owner_id=owner, delivery_ids=[owed[0].id], before=State.PENDING
    )

    (again,) = claims.owed(scene.log, run_id=run.id, batch=batch.number)[:1]
    assert (taken_back, again.attempts, again.due_at) == (1, 0, owed[0].due_at)
    assert again.state is State.PENDING
    assert begin(scene, run, owner, batch, [again]) == {again.id}


def test_who_was_in_doubt_is_in_doubt_again_when_an_attempt_is_taken_back(scene):
    run, owner = scene.run("a"), scene.living()
    batch, (flying,) = scene.begun(run, owner)
    lost = scene.result(flying, State.IN_DOUBT, error="unknown")
    settle.settle(scene.log, run_id=run.id, owner_id=owner, settled=[lost])
    (doubtful,) = claims.owed(scene.log, run_id=run.id, batch=batch.number)
    begin(scene, run, owner, batch, [doubtful])
    assert scene.again(run).counts.in_doubt == 0

    claims.unbegin(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        delivery_ids=[doubtful.id],
        before=doubtful.state,
    )

    assert claims.owed(scene.log, run_id=run.id, batch=batch.number) == [doubtful]
    assert scene.again(run).counts.in_doubt == 1


def test_an_attempt_of_another_owner_is_not_taken_back(scene):
    run, owner = scene.run("a"), scene.living()
    _, (flying,) = scene.begun(run, owner)

    assert not claims.unbegin(
        scene.log,
        run_id=run.id,
        owner_id=scene.living(),
        delivery_ids=[flying.id],
        before=State.PENDING,
    )


def test_nothing_is_begun_in_a_batch_of_another(scene):
    run, owner, other = scene.run("a"), scene.living(), scene.living()
    batch, owed = scene.taken(run, owner)

    assert begin(scene, run, other, batch, owed) == set()


def test_nothing_is_begun_of_another_batch_than_the_one_named(scene):
    run, owner = scene.run("a", "b", batch_size=1), scene.living()
    _, owed = scene.taken(run, owner)
    second, _ = scene.taken(run, owner)

    assert begin(scene, run, owner, second, owed) == set()


def test_nothing_is_begun_in_a_run_that_is_to_stop(scene):
    run, owner = scene.run("a"), scene.living()
    batch, owed = scene.taken(run, owner)

    runs.set_wanted(scene.log, run_id=run.id, wanted="stop")

    assert begin(scene, run, owner, batch, owed) == set()


def test_beginning_nothing_is_nothing(scene):
    run, owner = scene.run("a"), scene.living()
    batch, _ = scene.taken(run, owner)

    assert begin(scene, run, owner, batch, []) == set()


def test_of_two_that_begin_one_attempt_at_once_one_may_send(scene):
    run, owner = scene.run(*[f"u{i}" for i in range(20)]), scene.living()
    batch, owed = scene.taken(run, owner)
    barrier = Barrier(2)
    begun: list[int] = []

    def begin_all(engine):
        barrier.wait()
        for one in owed:
            begun.extend(
                claims.begin(
                    engine,
                    run_id=run.id,
                    owner_id=owner,
                    batch=batch.number,
                    delivery_ids=[one.id],
                    now=20.0,
                )
            )

    threads = [Thread(target=begin_all, args=[scene.engine(number)]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(begun) == [one.id for one in owed]


def test_a_batch_is_closed_when_nothing_of_it_is_owed(scene):
    run, owner = scene.run("a", "b"), scene.living()
    batch, owed = scene.begun(run, owner)
    assert not close(scene, run, owner, batch)

    settle_all(scene, run, owner, owed, State.DELIVERED)

    assert close(scene, run, owner, batch)
    assert take(scene, run, owner) is None
    assert claims.owed(scene.log, run_id=run.id, batch=batch.number) == []


def test_a_batch_is_closed_by_its_owner_only(scene):
    run, owner = scene.run("a"), scene.living()
    batch, owed = scene.begun(run, owner)
    settle_all(scene, run, owner, owed, State.DELIVERED)

    assert not close(scene, run, scene.living(), batch)


def test_released_batches_are_taken_by_others_with_their_due_times(scene):
    run, owner, other = scene.run("a"), scene.living(), scene.living()
    _, owed = scene.begun(run, owner)
    settle_all(scene, run, owner, owed, State.PENDING)

    assert claims.release_batches(scene.log, owner_id=owner) == 1

    _, again = scene.taken(run, other)
    assert [(one.attempts, one.due_at) for one in again] == [(1, 80.0)]


def test_a_batch_with_something_in_flight_is_not_released(scene):
    run, owner = scene.run("a", "b", batch_size=1), scene.living()
    scene.begun(run, owner)
    scene.taken(run, owner)

    assert claims.release_batches(scene.log, owner_id=owner) == 1

    assert take(scene, run, scene.living()) == Batch(run.id, 1, part=0, first=1, size=1)


def test_several_writes_share_one_commit_or_none_is_kept(scene):
    run, owner = scene.run("a"), scene.living()

    def take_begin_and_fail():
        with scene.log.begin() as connection:
            claims.take_batch(connection, run_id=run.id, owner_id=owner)
            owed = claims.owed(connection, run_id=run.id, batch=0)
            ids = [one.id for one in owed]
            claims.begin(
                connection, run_id=run.id, owner_id=owner, batch=0, delivery_ids=ids, now=20.0
            )
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_begin_and_fail()

    assert take(scene, run, owner) is not None
    assert claims.owed(scene.log, run_id=run.id, batch=0)[0].state is State.PENDING
    assert reconcile.balance(scene.log, run_id=run.id).faults == ("1 pending",)
