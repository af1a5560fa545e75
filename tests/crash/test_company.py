"""What a sender shares its run with, writes to, tells its progress, and leaves to the next one."""

import time

import pytest
from sqlalchemy import select

from blocks.delivery_log_tables import attempts, deliveries
from deployments.prefect_server import prefect_server
from tests.crash.databases import SqliteDatabase
from tests.crash.disk import small_disk
from tests.crash.rounds import BOTH, rounds
from tests.crash.world import ended_cleanly

pytestmark = pytest.mark.timeout(300)


@rounds(*BOTH, quick="sqlite")
def test_two_senders_are_started_at_once_with_the_same_run_key(world):
    world.users = 1200
    # Slow enough that the one whose start takes longer finds something to do.
    world.receive(delay=0.3)
    senders = [world.send() for _ in range(2)]

    assert [one.ended() for one in senders] == [0, 0], [one.said for one in senders]
    assert len(world.senders()) == 2
    world.account(killed=0)


@rounds("sqlite")
def test_the_disk_of_the_log_is_full_for_a_while(world):
    with small_disk(world.folder / "disk") as disk:
        world.database = SqliteDatabase(disk.folder)
        world.receive()
        sender = world.send()

        world.while_it_sends(sender, last=0.6)
        disk.fill(sender)
        assert sender.until(lambda: disk.complaint in sender.said), sender.said
        time.sleep(world.chance.uniform(0, 2))
        disk.free(sender)

        assert sender.ended() == 0, sender.said
        world.account(killed=0)
        world.log.dispose()


@rounds(*BOTH)
def test_prefects_server_is_killed_and_stays_away(world):
    world.users = 1200
    world.receive()
    elsewhere = world.prefect_url
    with prefect_server(home=world.folder / "prefect") as server:
        server.wait_until_ready()
        world.prefect_url = server.api_url
        # Prefect doubles its pauses for a minute by default.
        sender = world.send(PREFECT_CLIENT_MAX_RETRIES="2")

        world.while_it_sends(sender)
        server.process.kill()

        assert ended_cleanly(sender), sender.said
    world.prefect_url = elsewhere
    world.finish()
    world.account(killed=0)


@rounds(*BOTH)
def test_the_sender_is_killed_while_some_wait_for_their_fourth_retry(world):
    world.users = 300
    world.receive(first=4, share=0.1)
    world.write(retry={"delays": [0.2, 0.2, 0.2, 12.0, 12.0]})
    sender = world.send()
    waited = sender.until(lambda: world.waiting_for(retry=4) > 5)
    assert waited, sender.said
    sender.kill()
    due = _due(world)

    world.finish()

    fifth = _fifth(world)
    assert set(due) <= set(fifth), "who waited was sent to a fifth time"
    early = [user for user, at in due.items() if fifth[user] < at]
    assert early == []
    world.account(killed=1)
    world.tell("late", max(fifth[user] - at for user, at in due.items()))


def _due(world):
    """Return when those are due that wait for their fourth retry."""
    asked = select(deliveries.c.user_id, deliveries.c.due_at).where(
        deliveries.c.attempts == 4, deliveries.c.state == 0
    )
    with world.log.connect() as connection:
        return {row.user_id: row.due_at for row in connection.execute(asked)}


def _fifth(world):
    """Return when the fifth and last attempts were made."""
    asked = (
        select(deliveries.c.user_id, attempts.c.started_at)
        .join(attempts, attempts.c.delivery_id == deliveries.c.id)
        .where(attempts.c.number == 5, deliveries.c.attempts == 5)
    )
    with world.log.connect() as connection:
        return {row.user_id: row.started_at for row in connection.execute(asked)}
