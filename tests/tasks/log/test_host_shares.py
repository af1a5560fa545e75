"""What a host may have in the air is shared by all processes of a log, and never exceeded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from blocks.delivery_log_tables import host_slots
from tasks.log import owners
from tasks.log.host_shares import Wish, fair_shares, share

HOST = "crm.example.com:8443"


def ask(scene, owner, wanted, *, held=0, limit=10, host=HOST):
    return share(scene.log, owner_id=owner, limit=limit, wishes={host: Wish(held, wanted)})[host]


def slots(scene):
    with scene.log.connect() as connection:
        return {row.owner_id: row.slots for row in connection.execute(select(host_slots))}


@pytest.mark.parametrize(
    ("wanted", "shares"),
    [
        ({1: 100}, {1: 10}),
        ({1: 3}, {1: 3}),
        ({1: 100, 2: 100}, {1: 5, 2: 5}),
        ({1: 2, 2: 100}, {1: 2, 2: 8}),
        ({1: 100, 2: 100, 3: 100}, {1: 3, 2: 3, 3: 4}),
        ({1: 1, 2: 100, 3: 4}, {1: 1, 2: 5, 3: 4}),
        ({}, {}),
    ],
)
def test_nobody_gets_more_than_it_wants_and_the_rest_is_shared_equally(wanted, shares):
    assert fair_shares(wanted, limit=10) == shares


@given(st.dictionaries(st.integers(1, 9), st.integers(0, 50)), st.integers(0, 60))
def test_shares_use_the_limit_or_satisfy_everybody(wanted, limit):
    shares = fair_shares(wanted, limit=limit)

    assert sum(shares.values()) == min(limit, sum(wanted.values()))


def test_one_alone_gets_all_of_a_host(scene):
    owner = scene.living()

    assert ask(scene, owner, 6) == 6
    assert ask(scene, owner, 60, held=6) == 10
    assert ask(scene, owner, 60, host="other.example.com") == 10


def test_one_that_comes_later_waits_until_the_first_comes_down_to_its_share(scene):
    first, second = scene.living(), scene.living()
    assert ask(scene, first, 60) == 10

    assert ask(scene, second, 60) == 0
    assert ask(scene, first, 60, held=9) == 5  # and 9 in the air: it may start no more
    assert ask(scene, second, 60) == 1
    assert ask(scene, first, 60, held=4) == 5
    assert ask(scene, second, 60, held=1) == 5


def test_where_there_are_fewer_places_than_senders_each_may_have_one_that_is_free(scene):
    first, second, third = scene.living(), scene.living(), scene.living()

    assert ask(scene, first, 9, limit=2) == 2
    assert ask(scene, second, 9, limit=2) == 0
    assert ask(scene, first, 9, limit=2, held=1) == 1
    assert ask(scene, third, 9, limit=2) == 1
    assert ask(scene, second, 9, limit=2) == 0
    assert slots(scene) == {first: 1, second: 0, third: 1}


def test_who_wants_nothing_any_more_is_forgotten(scene):
    owner = scene.living()
    ask(scene, owner, 6)

    assert ask(scene, owner, 0) == 0
    assert slots(scene) == {}


def test_places_of_the_dead_are_free_and_those_of_who_left_too(scene):
    gone, dead, living = scene.living(), scene.dead(), scene.living()
    assert ask(scene, gone, 3) == 3
    with scene.log.begin() as connection:
        row = {"host": HOST, "owner_id": dead, "slots": 4, "wanted": 4}
        connection.execute(host_slots.insert().values(row))
    assert ask(scene, living, 10) == 7  # all but those of the one that lives

    owners.leave(scene.log, owner_id=gone)

    assert slots(scene) == {living: 7}
    assert ask(scene, living, 10, held=7) == 10


def test_the_dead_get_no_places(scene):
    dead, left = scene.dead(), scene.living()
    owners.leave(scene.log, owner_id=left)

    assert ask(scene, dead, 5) == 0
    assert ask(scene, left, 5) == 0
    assert slots(scene) == {}


HAMMER = """
import random, sys
from blocks.delivery_log import DeliveryLog
from tasks.log import owners
from tasks.log.host_shares import Wish, share

log = DeliveryLog(url=sys.argv[1]).open()
owner = owners.register(log, process=owners.this_process())
sys.stdin.readline()
chance, mine, most = random.Random(owner), 0, 0
for _ in range(60):
    held = chance.randint(0, mine)
    wish = Wish(held, chance.randint(held, 9))
    mine = max(held, share(log, owner_id=owner, limit=7, wishes={"h": wish})["h"])
    with log.connect() as connection:
        taken = connection.exec_driver_sql("SELECT coalesce(sum(slots), 0) FROM host_slots")
        most = max(most, int(taken.scalar_one()))
print("most", most, "kept", mine, flush=True)
sys.stdin.readline()  # whoever has ended is dead, and the others drop what it kept
"""


def test_processes_that_ask_at_once_never_have_too_many(scene):
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
    assert ask(scene, scene.living(), 100, limit=7, host="h") == 7
