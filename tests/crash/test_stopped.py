"""Who is asked to stop, or frozen, or kept waiting by the log, sends nothing that others sent."""

import time

import pytest

from tests.crash.rounds import BOTH, rounds
from tests.crash.world import ended_cleanly

pytestmark = pytest.mark.timeout(300)

LEASE = 4.0


@rounds(*BOTH)
def test_the_sender_is_asked_to_end(world):
    world.receive()
    sender = world.send()

    world.while_it_sends(sender)
    sender.ask_to_end()

    assert sender.ended() == 1, sender.said
    assert world.in_flight() == set()
    assert "Traceback" not in sender.said
    world.finish()
    world.account(killed=0)


@rounds(*BOTH, quick="postgresql")
def test_the_sender_is_frozen_and_another_one_takes_over_meanwhile(world):
    world.receive()
    frozen = world.send(lease=LEASE)

    world.while_it_sends(frozen, last=0.7)
    _freeze(world, frozen)
    other = world.send(lease=LEASE)
    assert other.ended() == 0, other.said
    frozen.thaw()

    assert ended_cleanly(frozen), frozen.said
    world.account(killed=1)


@rounds(*BOTH)
def test_the_sender_is_frozen_for_longer_than_its_lease_and_nobody_takes_over(world):
    world.receive()
    frozen = world.send(lease=LEASE)

    world.while_it_sends(frozen)
    frozen.freeze()
    time.sleep(1.5 * LEASE)
    frozen.thaw()

    assert frozen.ended() == 0, frozen.said
    world.account(killed=1)


@rounds(*BOTH)
def test_the_log_stalls_for_longer_than_the_lease_of_two_senders(world):
    world.users = 1200
    world.receive()
    senders = [world.send(lease=LEASE) for _ in range(2)]

    world.while_it_sends(senders[0], last=0.7)
    with world.database.stalled():
        time.sleep(1.5 * LEASE)

    assert [one.ended() for one in senders] == [0, 0], [one.said for one in senders]
    world.account(killed=0)


@rounds("postgresql")
def test_a_table_of_the_log_is_locked_for_longer_than_the_lease_of_two_senders(world):
    world.users = 1200
    world.receive()
    senders = [world.send(lease=LEASE) for _ in range(2)]

    world.while_it_sends(senders[0], last=0.7)
    with world.database.locked_table():
        time.sleep(1.5 * LEASE)

    assert [one.ended() for one in senders] == [0, 0], [one.said for one in senders]
    world.account(killed=0)


def _freeze(world, sender):
    """Freeze a sender, in SQLite not while it holds the lock that all others need."""
    sender.freeze()
    while world.database.name == "SQLite" and world.database.locked():
        sender.thaw()
        sender.freeze()
