"""A sender that was frozen, or cannot reach the log, stops before others take over."""

import asyncio

from tasks.send.lease import Lease


def test_a_lease_holds_for_half_of_its_time():
    lease = Lease(60.0, renewed_at=100.0)

    assert lease.holds(now=129.9)
    assert not lease.holds(now=130.0)


def test_a_heartbeat_counts_from_when_it_was_asked_for():
    lease = Lease(60.0, renewed_at=100.0)

    lease.renew(at=125.0)

    assert lease.holds(now=154.9)
    assert not lease.holds(now=155.0)


def test_who_just_came_or_was_in_trouble_does_not_judge_the_silent_until_two_heartbeats_came():
    lease, told = Lease(60.0, renewed_at=100.0), []

    for at in (101.0, 106.0, 111.0, 150.0, 155.0, 160.0):
        lease.renew(at=at)
        told.append(lease.may_judge(now=at))

    assert told == [False, True, True, False, False, True]
    assert not lease.may_judge(now=190.0)


def test_an_owner_that_was_declared_dead_sends_nothing_more():
    lease = Lease(60.0, renewed_at=100.0)

    lease.lose()

    assert not lease.holds(now=100.0)


async def test_who_waits_for_a_heartbeat_is_told_how_it_ended():
    lease = Lease(60.0, renewed_at=100.0)
    waiting = asyncio.create_task(lease.again())
    await asyncio.sleep(0)
    lease.renew(at=140.0)

    assert await waiting

    waiting = asyncio.create_task(lease.again())
    await asyncio.sleep(0)
    lease.lose()

    assert not await waiting
    assert not await lease.again()
