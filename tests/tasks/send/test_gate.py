"""Requests to a host with limits start when its rate and its share of places allow."""

from __future__ import annotations

import asyncio
import selectors
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

import pytest

from blocks.delivery_log import DeliveryLog
from tasks.log import owners
from tasks.log.host_shares import share
from tasks.log.limits import SLICE_SECONDS, Reservation, steady
from tasks.send.gate import Gate
from tasks.send.slots import Slots


class _Jumping(selectors.DefaultSelector):
    """A selector that does not wait: it moves its clock on instead."""

    now = 0.0

    def select(self, timeout=None):
        found = super().select(0)
        if not found and timeout:
            self.now += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes as soon as nobody has anything to do."""

    def __init__(self):
        self.clock = _Jumping()
        super().__init__(self.clock)

    def time(self):
        return self.clock.now


def in_virtual_time(happening):
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(happening)


@dataclass
class Timelines:
    """What the log keeps of hosts with a rate, in virtual time; an answer takes `takes` seconds."""

    rate: float
    takes: float = 0.01
    free_at: Counter = field(default_factory=Counter)
    asked: int = 0

    async def reserve(self, host, most):
        self.asked += 1
        now = asyncio.get_running_loop().time() + self.takes / 2
        await asyncio.sleep(self.takes)
        permits = min(most, max(1, int(steady(self.rate) * SLICE_SECONDS)))
        start = max(self.free_at[host], now)
        self.free_at[host] = start + permits / steady(self.rate)
        return Reservation(start, permits, permits / steady(self.rate), now)


async def send(slots, host, count, started, *, takes=0.0, at_once=500):
    """Start `count` requests to a host as places come, each in the air for `takes` seconds."""

    async def one():
        await asyncio.sleep(takes)
        slots.release(host)

    async with asyncio.TaskGroup() as group:
        while count:
            places = await slots.acquire(host, most=min(count, at_once))
            started += [asyncio.get_running_loop().time()] * places
            count -= places
            for _ in range(places):
                group.create_task(one())


def most_within(started, seconds):
    return max(bisect_left(started, first + seconds - 1e-9) - i for i, first in enumerate(started))


def gate_of_rate(timelines):
    return Gate(timelines.rate, None, reserve=timelines.reserve, share=None)


@pytest.mark.parametrize("rate", [0.5, 3.0, 40.0, 300.0])
@pytest.mark.parametrize("processes", [1, 3])
def test_a_rate_is_kept_and_used_by_all_processes_together(rate, processes):
    timelines, started = Timelines(rate), []

    async def happening():
        senders = []
        for _ in range(processes):
            slots = Slots(100, gate=gate_of_rate(timelines))
            share_of_one = int(rate * 70 / processes) + 1
            senders.append(send(slots, "crm", share_of_one, started, takes=0.02))
        await asyncio.gather(*senders)

    in_virtual_time(happening())

    assert most_within(started, 10.0) <= 1.05 * rate * 10
    assert bisect_left(started, started[0] + 60.0) >= 0.95 * rate * 60


def test_who_waits_for_the_rate_of_one_host_leaves_the_places_to_others():
    timelines, limited, free = Timelines(1.0), [], []

    async def happening():
        slots = Slots(10, gate=gate_of_rate(timelines))
        slow = asyncio.create_task(send(slots, "slow", 50, limited, takes=0.5))
        await send(slots, "fast", 5, free, takes=0.5)
        slow.cancel()

    in_virtual_time(happening())

    assert len(limited) <= 6
    assert len(free) == 5


def test_hosts_that_went_quiet_are_forgotten():
    timelines, started = Timelines(100.0), []

    async def happening():
        gate = gate_of_rate(timelines)
        slots = Slots(10, gate=gate)
        for number in range(50):
            await send(slots, f"host-{number}", 1, started, takes=1.0)
        return gate

    gate = in_virtual_time(happening())

    assert len(started) == 50
    assert not gate._hosts


def test_a_retry_goes_first_where_the_rate_is_what_is_waited_for():
    timelines, served = Timelines(1.0), []

    async def ask(slots, name, *, first=False):
        await slots.acquire("crm", most=1, first=first)
        served.append(name)
        slots.release("crm")

    async def happening():
        slots = Slots(10, gate=gate_of_rate(timelines))
        async with asyncio.TaskGroup() as group:
            for name in ("one", "two"):
                group.create_task(ask(slots, name))
            await asyncio.sleep(0.5)
            group.create_task(ask(slots, "retry", first=True))

    in_virtual_time(happening())

    assert served == ["one", "retry", "two"]


@pytest.fixture
def log(log_url):
    return DeliveryLog(url=log_url).open()


def living(log):
    return owners.register(log, process=owners.this_process())


def gate_of_places(log, owner, limit):
    async def ask(wishes):
        return share(log, owner_id=owner, limit=limit, wishes=wishes)

    return Gate(None, limit, reserve=None, share=ask)


def test_processes_share_what_a_host_may_have_in_the_air(log):
    in_air, most, landed = Counter(), 0, Counter()

    async def sender(owner, count):
        nonlocal most
        slots = Slots(100, gate=gate_of_places(log, owner, limit=6))

        async def one():
            nonlocal most
            in_air[owner] += 1
            most = max(most, in_air.total())
            await asyncio.sleep(0.3)
            in_air[owner] -= 1
            landed[owner] += 1
            slots.release("crm")

        async with asyncio.TaskGroup() as group:
            while count:
                places = await slots.acquire("crm", most=count)
                count -= places
                for _ in range(places):
                    group.create_task(one())
        await slots.gate.close()

    async def happening():
        first = asyncio.create_task(sender(living(log), 100))
        await asyncio.sleep(1.0)
        second = asyncio.create_task(sender(living(log), 100))
        await asyncio.sleep(3.45)
        shared = dict(in_air)
        await asyncio.gather(first, second)
        return shared

    shared = in_virtual_time(happening())

    assert most == 6
    assert sorted(shared.values()) == [3, 3]
    assert landed.total() == 200


def test_places_of_hosts_that_nobody_sends_to_any_more_are_given_back(log):
    started, owner, other = [], living(log), living(log)

    async def happening():
        slots = Slots(100, gate=gate_of_places(log, owner, limit=2))
        await send(slots, "crm", 5, started, takes=0.1)
        await asyncio.sleep(2.0)
        late = Slots(100, gate=gate_of_places(log, other, limit=2))
        await send(late, "crm", 2, started)
        await late.gate.close()
        return slots.gate

    gate = in_virtual_time(happening())

    assert len(started) == 7
    assert not gate._hosts
    assert gate._sharing is None


@pytest.mark.parametrize("after", [0.005, 0.05])  # while it asks, and while it waits
def test_a_gate_that_closes_leaves_nothing_running(after):
    timelines = Timelines(0.01)

    async def happening():
        gate = gate_of_rate(timelines)
        slots = Slots(10, gate=gate)
        waiting = asyncio.create_task(send(slots, "crm", 5, []))
        await asyncio.sleep(after)
        waiting.cancel()
        await gate.close()
        await asyncio.sleep(200)
        return asyncio.all_tasks() - {asyncio.current_task()}, timelines.asked

    left, asked = in_virtual_time(happening())

    assert left == set()
    assert asked <= 2
