"""Whatever is killed with -9 at whatever moment: started again, the run accounts for everybody."""

import os
import signal
import time

import pytest

from tasks.log import queries
from tasks.log.records import State
from tests.crash.account import flagged
from tests.crash.process import workers_of
from tests.crash.rounds import BOTH, rounds
from tests.crash.world import ended_cleanly

pytestmark = pytest.mark.timeout(300)


@rounds(*BOTH, quick="sqlite")
def test_the_sender_is_killed_twice(world):
    world.receive()

    lost = set()
    for _ in range(2):
        sender = world.send()
        sender.until(world.moment(first=-0.2, last=0.5))
        sender.kill()
        lost |= world.lost()
    world.finish()

    world.account(killed=2)
    assert flagged(world.log, world.run) == lost


@rounds(*BOTH)
def test_the_sender_is_killed_and_who_is_in_doubt_is_held(world):
    world.receive()
    world.write(in_doubt="hold")
    sender = world.send()

    world.while_it_sends(sender)
    sender.kill()
    lost = world.lost()
    world.finish()

    world.account(killed=1, held=lost)
    held = queries.list_deliveries(world.log, run_id=world.run.id, state=State.HELD)
    assert {one.user_id for one in held} == lost


@rounds(*BOTH)
def test_one_of_two_processes_is_killed(world):
    world.users = 1500
    world.receive(delay=0.4)
    sender = world.send("--workers", "2")
    # The second one is at work as soon as it has an attempt: any moment from then on will do.
    assert sender.until(lambda: len(world.senders()) > 1), sender.said

    time.sleep(world.chance.uniform(0, 1))
    workers = workers_of(sender.popen.pid)
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)

    assert sender.ended() == 0, sender.said
    world.account(killed=1)


@rounds(*BOTH)
def test_the_starter_of_two_processes_is_killed(world):
    world.users = 1500
    world.receive(delay=0.2)
    sender = world.send("--workers", "2")
    assert sender.until(lambda: len(world.senders()) > 1), sender.said

    sender.until(world.moment(last=0.5))
    sender.kill()
    world.finish()

    world.account(killed=2)


@rounds(*BOTH, quick="sqlite")
def test_the_receiver_is_killed_and_comes_back(world):
    world.receive()
    receiver = world.processes[-1]
    sender = world.send()

    world.while_it_sends(sender)
    receiver.kill()
    world.receive_again()

    assert sender.ended() == 0, sender.said
    world.account(killed=1)


@rounds("postgresql", quick="postgresql")
def test_postgresql_is_killed_and_comes_back(world):
    world.receive()
    sender = world.send()

    world.while_it_sends(sender)
    world.database.server.kill()
    world.database.server.start()

    assert ended_cleanly(sender), sender.said
    world.finish()
    world.account(killed=1)
