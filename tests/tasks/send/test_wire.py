"""More is claimed than is on the wire, so that the wire never waits for the log."""

import asyncio

import pytest

from tasks.send.wire import Wire, claimed_at_once


async def test_no_more_are_on_the_wire_than_there_is_room_for():
    wire, at_once, most = Wire(3), 0, 0

    async def go():
        nonlocal at_once, most
        await wire.take(first=False)
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        wire.give()

    await asyncio.gather(*(go() for _ in range(20)))

    assert (most, wire.room) == (3, 3)


async def test_turns_are_taken_in_order_and_retries_go_first():
    wire, order = Wire(1), []
    await wire.take(first=False)

    async def go(name, *, first):
        await wire.take(first=first)
        order.append(name)
        wire.give()

    async with asyncio.TaskGroup() as group:
        for name in ("one", "two", "retry"):
            group.create_task(go(name, first=name == "retry"))
        await asyncio.sleep(0)
        wire.give()

    assert order == ["retry", "one", "two"]


async def test_who_is_cancelled_while_waiting_takes_no_room():
    wire = Wire(1)
    await wire.take(first=False)
    waiting = asyncio.ensure_future(wire.take(first=False))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait([waiting])
    wire.give()

    assert wire.room == 1


async def test_room_given_at_the_moment_of_cancelling_is_given_back():
    wire = Wire(1)
    await wire.take(first=False)
    waiting = asyncio.ensure_future(wire.take(first=False))
    await asyncio.sleep(0)

    wire.give()
    waiting.cancel()
    await asyncio.wait([waiting])

    assert wire.room == 1


@pytest.mark.parametrize(
    ("one_host", "limited", "held", "claimed"),
    [
        (True, False, False, 200),
        (False, False, False, 100),  # many hosts have twice the concurrency in all already
        (True, True, False, 100),
        (True, False, True, 100),
    ],
)
def test_twice_as_many_are_claimed_where_nothing_else_counts_them(one_host, limited, held, claimed):
    assert claimed_at_once(100, one_host=one_host, limited=limited, held=held) == claimed
