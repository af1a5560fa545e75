"""What a host takes is shared by all runs and processes of a log, and never exceeded."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, update

from blocks.delivery_log_tables import host_slots, hosts
from tasks.log import limits, owners
from tasks.log.owners import Process

HOST = "crm.example.com:443"


def reserve(scene, **given):
    return limits.reserve(scene.log, **{"host": HOST, "rate": 100.0, "most": 1000, **given})


def take(scene, owner, wanted, limit=10, host=HOST):
    return limits.take_slots(scene.log, host=host, owner_id=owner, limit=limit, wanted=wanted)


def slots(scene):
    with scene.log.connect() as connection:
        found = connection.execute(select(host_slots.c.owner_id, host_slots.c.slots))
        return {owner: slots for owner, slots in found}  # noqa: C416 (rows are no pairs to a checker)


@pytest.mark.parametrize(
    ("rate", "permits_a_second"),
    [
        (0.1, 0.1),  # one request in 10 s is allowed, and it is late enough by itself
        (1.0, 10 / 10.2),
        (2.0, 2.0),
        (1.04, 0.96 * 1.04),  # 10 requests in 10 s, and 11 would be too many
        (100.0, 100.0),
    ],
)
def test_a_small_rate_is_kept_by_a_little_less(rate, permits_a_second):
    assert limits.steady(rate) == pytest.approx(permits_a_second, rel=0.001)


def test_windows_of_one_host_follow_one_another(scene):
    first, second = reserve(scene), reserve(scene)

    assert (first.permits, first.seconds) == (20, pytest.approx(0.2))
    assert first.start == pytest.approx(first.now, abs=0.5)
    assert second.start == pytest.approx(first.start + 0.2)
    assert second.wait == pytest.approx(second.start - second.now)


def test_a_host_has_a_timeline_of_its_own(scene):
    for _ in range(20):
        reserve(scene)

    assert reserve(scene, host="other.example.com:443").wait == 0.0
    assert reserve(scene).wait > 2.0


def test_campaigns_with_different_rates_share_the_timeline_of_a_host(scene):
    fast, slow = reserve(scene, rate=1000.0), reserve(scene, rate=10.0)
    last = reserve(scene, rate=1000.0)

    assert (fast.permits, slow.permits) == (200, 2)
    assert slow.start == pytest.approx(fast.start + 0.2)
    assert last.start == pytest.approx(slow.start + 0.2)


def test_no_more_is_reserved_than_is_wanted(scene):
    assert reserve(scene, most=3).permits == 3
    assert reserve(scene, rate=0.5).permits == 1
    assert reserve(scene, slice_seconds=1.0).permits == 100


def test_a_host_that_was_idle_begins_anew(scene):
    reserve(scene)
    with scene.log.begin() as connection:
        connection.execute(update(hosts).values(free_at=5.0))

    again = reserve(scene)

    assert again.wait == 0.0
    assert again.start > 1_700_000_000


def test_places_are_given_until_none_is_left(scene):
    one, other = scene.living(), scene.living()

    assert take(scene, one, 6) == 6
    assert take(scene, other, 6) == 4
    assert take(scene, one, 1) == 0
    assert take(scene, one, 6, host="other.example.com:443") == 6

    limits.return_slots(scene.log, host=HOST, owner_id=one, slots=5)

    assert take(scene, other, 9) == 5


def test_who_gives_everything_back_is_forgotten(scene):
    owner = scene.living()
    take(scene, owner, 6)

    limits.return_slots(scene.log, host=HOST, owner_id=owner, slots=6)

    assert slots(scene) == {}


def test_the_places_of_the_dead_are_free(scene):
    dead, gone, living = scene.dead(), scene.living(), scene.living()
    elsewhere = owners.register(
        scene.log, process=Process(host="another machine", pid=1, start=1.0), lease=60.0
    )
    assert take(scene, elsewhere, 3) == 3
    assert take(scene, gone, 3) == 3
    with scene.log.begin() as connection:
        connection.execute(host_slots.insert().values(host=HOST, owner_id=dead, slots=4))
    assert take(scene, living, 10) == 4  # those of the dead one

    owners.leave(scene.log, owner_id=gone)

    assert slots(scene) == {elsewhere: 3, living: 4}
    assert take(scene, living, 10) == 3


def test_the_dead_get_no_places(scene):
    dead, left = scene.dead(), scene.living()
    owners.leave(scene.log, owner_id=left)

    assert take(scene, dead, 5) == 0
    assert take(scene, left, 5) == 0
    assert slots(scene) == {}


def test_two_that_reserve_at_once_get_different_windows(scene):
    barrier, found = Barrier(2), []

    def reserve_some(engine):
        barrier.wait()
        for _ in range(20):
            found.append(limits.reserve(engine, host=HOST, rate=100.0, most=20))

    threads = [Thread(target=reserve_some, args=(scene.engine(n),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    starts = sorted(one.start for one in found)
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) >= 0.2 - 1e-5
    assert sum(one.permits for one in found) == 800


HAMMER = """
import random, sys
from blocks.delivery_log import DeliveryLog
from tasks.log import limits, owners

log = DeliveryLog(url=sys.argv[1]).open()
owner = owners.register(log, process=owners.this_process())
sys.stdin.readline()
chance, mine, most = random.Random(owner), 0, 0
for _ in range(60):
    mine += limits.take_slots(log, host="h", owner_id=owner, limit=7, wanted=chance.randint(1, 5))
    with log.connect() as connection:
        taken = connection.exec_driver_sql("SELECT coalesce(sum(slots), 0) FROM host_slots")
        most = max(most, int(taken.scalar_one()))
    if mine:
        back = chance.randint(1, mine)
        limits.return_slots(log, host="h", owner_id=owner, slots=back)
        mine -= back
print("most", most, "kept", mine, flush=True)
sys.stdin.readline()  # whoever has ended is dead, and the others drop what it kept
"""


def test_processes_that_take_and_return_at_once_never_have_too_many(scene):
    hammers = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, scene.urls[0]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.getcwd()},
        )
        for _ in range(3)
    ]

    for hammer in hammers:
        hammer.stdin.write("\n")
        hammer.stdin.flush()
    told = [hammer.stdout.readline().split() for hammer in hammers]
    with scene.log.connect() as connection:
        left = connection.scalar(select(func.sum(host_slots.c.slots)))
    for hammer in hammers:
        hammer.communicate("\n", timeout=100)

    assert max(int(words[1]) for words in told) == 7  # all of them were taken at some moment
    assert (left or 0) == sum(int(words[3]) for words in told)
    # They have ended without a goodbye.
    assert take(scene, scene.living(), 100, limit=7, host="h") == 7
