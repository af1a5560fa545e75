"""How the places in the air are shared between hosts."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.send.slots import Slots, room


async def test_one_host_gets_exactly_the_concurrency():
    slots = Slots(concurrency=3)

    assert await slots.acquire("a", most=100) == 3
    assert slots.held["a"] == 3


async def test_a_hanging_host_leaves_places_for_another():
    slots = Slots(concurrency=100)
    await slots.acquire("hanging", most=1000)

    assert await slots.acquire("healthy", most=1000) > 0


@given(concurrency=st.integers(8, 200), hosts=st.integers(1, 4))
def test_hosts_that_hang_one_after_the_other_leave_places_free(concurrency, hosts):
    slots = Slots(concurrency=concurrency)

    asyncio.run(_hang(slots, [f"host-{number}" for number in range(hosts)]))

    assert room(of_host=0, of_all=slots.held.total(), concurrency=concurrency)


@given(concurrency=st.integers(1, 200), hosts=st.integers(1, 50))
def test_there_are_never_more_places_than_twice_the_concurrency(concurrency, hosts):
    slots = Slots(concurrency=concurrency)

    asyncio.run(_hang(slots, [f"host-{number}" for number in range(hosts)]))

    assert slots.held.total() <= 2 * concurrency


def test_hosts_that_hang_come_to_equal_shares_as_their_requests_time_out():
    slots, hosts = Slots(concurrency=100), ["a", "b", "c"]

    async def time_out_in_turn():
        await _hang(slots, hosts)
        for _ in range(2000):
            fullest = max(hosts, key=slots.held.__getitem__)
            slots.release(fullest)
            await _hang(slots, sorted(hosts, key=slots.held.__getitem__))

    asyncio.run(time_out_in_turn())

    assert all(49 <= slots.held[host] <= 51 for host in hosts)
    assert room(of_host=0, of_all=slots.held.total(), concurrency=100)


async def _hang(slots, hosts):
    """Let each host in turn take all the places it is given."""
    for host in hosts:
        held, every = slots.held[host], slots.held.total()
        if room(of_host=held, of_all=every, concurrency=slots.concurrency):
            await slots.acquire(host, most=10_000)


async def test_who_waits_gets_the_place_that_comes_free():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    waiting = asyncio.ensure_future(slots.acquire("a", most=5))
    await asyncio.sleep(0)
    assert slots.waiting == 5

    slots.release("a")

    assert await waiting == 1
    assert slots.waiting == 0


async def test_places_of_a_host_are_given_in_the_order_they_were_asked_for():
    slots, served = Slots(concurrency=1), []
    await slots.acquire("a", most=1)

    async def ask(name):
        await slots.acquire("a", most=1)
        served.append(name)
        slots.release("a")

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second", "third"):
            group.create_task(ask(name))
        await asyncio.sleep(0)
        slots.release("a")

    assert served == ["first", "second", "third"]
    assert not slots.held


async def test_who_stops_waiting_loses_no_place():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    waiting = asyncio.ensure_future(slots.acquire("a", most=1))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait([waiting])
    slots.release("a")

    assert await slots.acquire("a", most=1) == 1


async def test_a_place_given_at_the_moment_of_cancelling_is_given_back():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    waiting = asyncio.ensure_future(slots.acquire("a", most=1))
    await asyncio.sleep(0)

    slots.release("a")
    waiting.cancel()
    await asyncio.wait([waiting])

    assert not slots.held


async def test_a_retry_goes_before_those_that_wait_for_their_first_attempt():
    slots, served = Slots(concurrency=1), []
    await slots.acquire("a", most=1)

    async def ask(name, *, first=False):
        await slots.acquire("a", most=1, first=first)
        served.append(name)
        slots.release("a")

    async with asyncio.TaskGroup() as group:
        group.create_task(ask("fresh"))
        await asyncio.sleep(0)
        group.create_task(ask("retry", first=True))
        await asyncio.sleep(0)
        slots.release("a")

    assert served == ["retry", "fresh"]


async def test_hosts_that_hold_nothing_are_served_before_those_that_do():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    await slots.acquire("b", most=1)
    assert slots.full
    waiting = {host: asyncio.ensure_future(slots.acquire(host, most=1)) for host in ("a", "b", "c")}
    await asyncio.sleep(0)

    slots.release("b")

    assert await waiting["c"] == 1
    assert not waiting["a"].done()
    for one in waiting.values():
        one.cancel()


async def test_one_that_was_cancelled_a_moment_ago_is_passed_over():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    first = asyncio.ensure_future(slots.acquire("a", most=1))
    second = asyncio.ensure_future(slots.acquire("a", most=1))
    await asyncio.sleep(0)

    first.cancel()
    slots.release("a")

    assert await second == 1
    assert slots.waiting == 0


async def test_of_several_that_wait_one_may_leave():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    first, second = (asyncio.ensure_future(slots.acquire("a", most=2)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.wait([first])

    assert slots.waiting == 2
    slots.release("a")
    assert await second == 1


@given(st.data())
def test_whatever_happens_places_and_waiters_add_up(data):
    """Take, wait, cancel and give back in any order: no place is lost and nobody is forgotten."""
    slots = Slots(concurrency=data.draw(st.integers(1, 4)))

    async def happen():
        held, asking = [], []
        for _ in range(data.draw(st.integers(1, 30))):
            step = data.draw(st.sampled_from(["ask", "ask first", "release", "cancel"]))
            host = data.draw(st.sampled_from("abc"))
            if step.startswith("ask"):
                most = data.draw(st.integers(1, 3))
                going = slots.acquire(host, most=most, first=step == "ask first")
                asking.append((host, asyncio.ensure_future(going)))
            elif step == "release" and held:
                slots.release(held.pop(data.draw(st.integers(0, len(held) - 1))))
            elif step == "cancel" and asking:
                asking[data.draw(st.integers(0, len(asking) - 1))][1].cancel()
            if data.draw(st.booleans()):
                await asyncio.sleep(0)
            asking = _served(asking, held)
        while asking or held:
            await asyncio.sleep(0)
            asking = _served(asking, held)
            while held:
                slots.release(held.pop())

    asyncio.run(asyncio.wait_for(happen(), 10))

    assert not slots.held
    assert slots.waiting == 0


def _served(asking, held):
    """Note the places of those who were served; return who still waits."""
    for host, one in asking:
        if one.done() and not one.cancelled():
            held += [host] * one.result()
    return [(host, one) for host, one in asking if not one.done()]


async def test_nothing_in_the_air_is_noticed():
    slots = Slots(concurrency=1)
    await slots.acquire("a", most=1)
    empty = asyncio.ensure_future(slots.empty())
    await asyncio.sleep(0)
    assert not empty.done()

    slots.release("a")

    await empty


async def test_a_change_that_does_not_come_is_waited_for_no_longer_than_told():
    slots = Slots(concurrency=1)

    await slots.changes(timeout=0)

    assert slots.waiting == 0


@pytest.mark.parametrize(
    ("of_host", "of_all", "places"),
    [(0, 0, 5), (4, 4, 1), (5, 5, 0), (0, 10, 0), (0, 5, 3), (7, 9, 0)],
)
def test_a_host_may_hold_as_many_places_as_are_free(of_host, of_all, places):
    assert room(of_host=of_host, of_all=of_all, concurrency=5) == places
