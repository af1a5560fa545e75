"""Share the places in the air fairly between hosts, so that a hanging one cannot take them all."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from dataclasses import dataclass, field

from tasks.send.gate import Gate


def room(*, of_host: int, of_all: int, concurrency: int) -> int:
    """Return how many more requests a host with `of_host` of `of_all` in the air may start now.

    A host may hold no more places than are free in all, out of twice the concurrency (the dynamic
    thresholds of Choudhury and Hahne, 1998). One host alone thus gets exactly `concurrency`; where
    k hosts hang, they come to a (k+1)th part each, and as much stays free for the others.
    """
    # Each place that it takes is one more of its own and one less that is free.
    return max(0, (2 * concurrency - of_all - of_host + 1) // 2)


@dataclass(slots=True, eq=False)
class _Asking:
    """One who waits for up to `most` places."""

    host: str
    most: int
    given: asyncio.Future[int]


@dataclass(slots=True)
class Slots:
    """The places in the air of one process: who holds them, who waits.

    Where hosts have limits, a place is taken only when the gate lets a request start.
    """

    concurrency: int
    gate: Gate | None = None
    held: Counter[str] = field(default_factory=Counter)
    waiting: int = 0  # requests that wait for a place, whether or not their host has room
    _all: int = 0
    _waiting_at: Counter[str] = field(default_factory=Counter)
    _queues: dict[str, deque[_Asking]] = field(default_factory=dict)
    # The hosts of `_queues` that hold no place: they have room as long as there is any, unless
    # the gate refused them a moment ago. Those that hold some are few, since there are few places,
    # so no release has to look at all who wait.
    _idle: dict[str, None] = field(default_factory=dict)
    _busy: dict[str, None] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Let the gate serve those who wait when more may start."""
        if self.gate is not None:
            self.gate.queues = self

    async def acquire(self, host: str, *, most: int, first: bool = False) -> int:
        """Wait for at least one place for `host` and take up to `most`; return how many.

        Requests of one host are served in the order they came, those that are `first` before the
        others: a retry has its due time.
        """
        may_go_ahead = first or host not in self._queues
        if may_go_ahead and (taken := self._take(host, most)):
            return taken
        asking = _Asking(host, most, asyncio.get_running_loop().create_future())
        self._enqueue(host, asking, first=first)
        try:
            return await asking.given
        except asyncio.CancelledError:
            self._give_up(host, asking)
            raise

    def release(self, host: str, places: int = 1) -> None:
        """Give places back and hand them to those who wait."""
        self.held[host] -= places
        self._all -= places
        if self.gate is not None:
            self.gate.give_back(host, places)
        if not self.held[host]:
            del self.held[host]
            if host in self._queues:
                self._busy.pop(host, None)
                self._idle[host] = None
        self._serve()
        self.wake()

    async def changes(self, *, timeout: float | None = None) -> None:
        """Wait until something was taken, given back or asked for, or `timeout` seconds passed."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()

    async def empty(self) -> None:
        """Wait until nothing is in the air."""
        while self._all:
            await self.changes()

    def wake(self) -> None:
        """Let those look who wait for a change."""
        self._changed.set()

    @property
    def full(self) -> bool:
        """Tell whether no host has room; while one has, whoever waits waits for another host."""
        return self._all >= 2 * self.concurrency

    def waiting_at(self, host: str) -> int:
        """Return how many requests wait for a place to this host."""
        return self._waiting_at.get(host, 0)

    def serve_host(self, host: str) -> None:
        """Give those who wait for this host the places that may be had now."""
        if host in self._queues:
            self._serve_host(host)
        if host in self._queues and host not in self.held:
            self._idle[host] = None

    def _take(self, host: str, most: int) -> int:
        held = self.held.get(host, 0)
        taken = min(most, room(of_host=held, of_all=self._all, concurrency=self.concurrency))
        if taken and self.gate is not None:
            taken = self.gate.take(host, taken)
        if taken:
            self.held[host] += taken
            self._all += taken
            if host in self._queues:
                self._idle.pop(host, None)
                self._busy[host] = None
        return taken

    def _enqueue(self, host: str, asking: _Asking, *, first: bool) -> None:
        queue = self._queues.setdefault(host, deque())
        if first:
            queue.appendleft(asking)
        else:
            queue.append(asking)
        self.waiting += asking.most
        self._waiting_at[host] += asking.most
        if host in self.held:
            self._busy[host] = None
        else:
            self._idle[host] = None
        self.wake()

    def _serve(self) -> None:
        """Serve the hosts that hold nothing in the order they came, then those with the fewest."""
        while self._idle and not self.full:
            host = next(iter(self._idle))
            self._serve_host(host)
            # If it was refused, then by its gate, which serves it when more may start.
            self._idle.pop(host, None)
        if self.full:
            return
        for host in sorted(self._busy, key=self.held.__getitem__):
            self._serve_host(host)

    def _serve_host(self, host: str) -> None:
        queue = self._queues[host]
        while queue:
            asking = queue[0]
            # One that was cancelled a moment ago has not left the queue yet.
            taken = 0 if asking.given.done() else self._take(host, asking.most)
            if not taken and not asking.given.done():
                break
            self._leave(queue, asking)
            if taken:
                asking.given.set_result(taken)
        if not queue:
            self._forget(host)

    def _give_up(self, host: str, asking: _Asking) -> None:
        """Leave the queue, or give back what was given at the moment of being cancelled."""
        if asking.given.done() and not asking.given.cancelled():
            self.release(host, asking.given.result())
            return
        queue = self._queues.get(host, deque())
        if asking in queue:
            self._leave(queue, asking)
        if not queue:
            self._forget(host)

    def _leave(self, queue: deque[_Asking], asking: _Asking) -> None:
        queue.remove(asking)
        self.waiting -= asking.most
        self._waiting_at[asking.host] -= asking.most

    def _forget(self, host: str) -> None:
        self._queues.pop(host, None)
        self._idle.pop(host, None)
        self._busy.pop(host, None)
        self._waiting_at.pop(host, None)
