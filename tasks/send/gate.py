"""Let requests to a host start when its limits allow: its rate, and what it has in the air at once.

Both are shared through the delivery log with every run and process that limits the same host.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tasks.log.host_shares import Wish
from tasks.log.limits import LATE_SECONDS, SLICE_SECONDS, Reservation
from tasks.send.pace import Pace

# How often an owner tells the log what it wants of a host: while it waits, and while it does not.
WAITING_SECONDS = 0.1
CONTENT_SECONDS = 0.5
# Permits of a fast host are used a few at a time: a wake-up costs more than a request is late.
SHORTEST_NAP = 0.005

Reserve = Callable[[str, int], Awaitable[Reservation]]
Share = Callable[[Mapping[str, Wish]], Awaitable[Mapping[str, int]]]


class Queues(Protocol):
    """Those who wait for places: how many requests to a host, and a way to serve them again."""

    def waiting_at(self, host: str) -> int:
        """Return how many requests wait for a place to this host."""

    def serve_host(self, host: str) -> None:
        """Give those who wait for this host what may be had now."""


@dataclass(slots=True, eq=False)
class _Host:
    """What this process knows of a host with limits."""

    pace: Pace = field(default_factory=lambda: Pace(late=LATE_SECONDS, ahead=SLICE_SECONDS))
    reserving: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None
    in_air: int = 0
    share: int = 0
    wished: int = 0


@dataclass(slots=True, eq=False)
class Gate:
    """The limits of one run in one process; either may be None, for no limit of that kind."""

    rate: float | None  # requests a second to one host
    limit: int | None  # requests in the air at once to one host
    reserve: Reserve
    share: Share
    queues: Queues | None = None
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _sharing: asyncio.Task[None] | None = None

    def take(self, host: str, most: int) -> int:
        """Return how many of `most` requests to a host may start now, and count them as started.

        Where that is not all, those who wait are served again when more may start.
        """
        known = self._hosts.get(host)
        if known is None:
            known = self._hosts[host] = _Host()
        taken = most
        if self.limit is not None:
            taken = max(0, min(taken, known.share - known.in_air))
        if self.rate is not None and taken:
            taken = self._with_permits(host, known, taken)
        known.in_air += taken
        if self.limit is not None and known.wished < min(self.limit, known.in_air + most - taken):
            self._ask_for_share()
        return taken

    def give_back(self, host: str, places: int) -> None:
        """Note that requests to a host are no longer in the air."""
        known = self._hosts[host]
        known.in_air -= places
        if self.limit is None and not known.in_air and not known.reserving:
            self._forget_idle(host, known)

    async def close(self) -> None:
        """End what still waits for the log; what was shared ends with the owner."""
        tasks = [known.reserving for known in self._hosts.values()] + [self._sharing]
        for known in self._hosts.values():
            if known.timer is not None:
                known.timer.cancel()
        if running := [task for task in tasks if task is not None]:
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    # The rate

    def _with_permits(self, host: str, known: _Host, most: int) -> int:
        now, taken = asyncio.get_running_loop().time(), 0
        while taken < most and known.pace.take(now):
            taken += 1
        # Also where all were served: who comes next finds permits without a gap.
        if known.reserving is None and known.pace.runs_low(now):
            known.reserving = asyncio.create_task(self._reserve(host, known))
        due = known.pace.next_due(now)
        if taken < most and known.timer is None and due is not None:
            known.timer = asyncio.get_running_loop().call_later(
                max(due - now, SHORTEST_NAP), self._serve_due, host, known
            )
        return taken

    def _serve_due(self, host: str, known: _Host) -> None:
        known.timer = None
        self._serve(host)

    async def _reserve(self, host: str, known: _Host) -> None:
        """Reserve permits for those who wait, if any do."""
        loop = asyncio.get_running_loop()
        try:
            await asyncio.sleep(0)  # whoever was refused is in the queue now
            if wanted := self._waiting_at(host):
                asked = loop.time()
                made = await self.reserve(host, wanted)
                known.pace.add(
                    wait=made.wait,
                    permits=made.permits,
                    seconds=made.seconds,
                    asked=asked,
                    answered=loop.time(),
                )
        finally:
            known.reserving = None
        self._serve(host)

    def _forget_idle(self, host: str, known: _Host) -> None:
        now = asyncio.get_running_loop().time()
        if not self._waiting_at(host) and known.pace.next_due(now) is None:
            del self._hosts[host]

    # What is in the air at once

    def _ask_for_share(self) -> None:
        self._news.set()
        if self._sharing is None:
            self._sharing = asyncio.create_task(self._share_while_needed())

    async def _share_while_needed(self) -> None:
        """Tell the log what is wanted, again and again, until nothing is."""
        try:
            while self._hosts:
                await asyncio.sleep(0)  # whoever was refused is in the queue now
                self._news.clear()
                patient = await self._share_once()
                try:
                    async with asyncio.timeout(CONTENT_SECONDS if patient else WAITING_SECONDS):
                        await self._news.wait()
                except TimeoutError:
                    continue
        finally:
            self._sharing = None

    async def _share_once(self) -> bool:
        """Ask for this process's shares, use them, and tell whether nobody waits for more."""
        wishes = {host: self._wish(host, known) for host, known in self._hosts.items()}
        # While the log decides, nothing new starts beyond what it is told of.
        for host, wish in wishes.items():
            known = self._hosts[host]
            known.share, known.wished = min(known.share, wish.held), wish.wanted
        for host, places in (await self.share(wishes)).items():
            self._hosts[host].share = places
            if not wishes[host].wanted and not self._waiting_at(host):
                del self._hosts[host]
        for host in wishes:
            self._serve(host)
        return not any(map(self._waiting_at, self._hosts))

    def _wish(self, host: str, known: _Host) -> Wish:
        assert self.limit is not None
        wanted = min(self.limit, known.in_air + self._waiting_at(host))
        return Wish(known.in_air, max(wanted, known.in_air))

    def _waiting_at(self, host: str) -> int:
        assert self.queues is not None, "slots attach themselves"
        return self.queues.waiting_at(host)

    def _serve(self, host: str) -> None:
        assert self.queues is not None, "slots attach themselves"
        self.queues.serve_host(host)
