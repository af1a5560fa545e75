"""Share the places in the air fairly between hosts, so that a hanging one cannot take them all."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from dataclasses import dataclass, field


def may_start(*, of_host: int, of_all: int, concurrency: int) -> bool:
    """Tell whether a host with `of_host` requests in the air may start one more.

    A host may hold no more places than are free in all, out of twice the concurrency (the dynamic
    thresholds of Choudhury and Hahne, 1998). One host alone thus gets exactly `concurrency`; where
    k hosts hang, they come to a (k+1)th part each, and as much stays free for the others.
    """
    return of_host < 2 * concurrency - of_all


@dataclass(slots=True)
class Slots:
    """The places in the air of one process: who holds them, who waits."""

    concurrency: int
    held: Counter[str] = field(default_factory=Counter)
    _queues: dict[str, deque[tuple[int, asyncio.Future[int]]]] = field(default_factory=dict)
    _all: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def acquire(self, host: str, *, most: int) -> int:
        """Wait for at least one place for `host` and take up to `most`; return how many.

        Requests of one host are served in the order they came.
        """
        taken = self._take(host, most) if host not in self._queues else 0
        if taken:
            return taken
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(host, deque()).append((most, future))
        self.wake()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.release(host, future.result())
            raise

    def release(self, host: str, places: int = 1) -> None:
        """Give places back and hand them to those who wait."""
        self.held[host] -= places
        if not self.held[host]:
            del self.held[host]
        self._all -= places
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
    def waiting(self) -> int:
        """Return how many requests wait for a place, whether or not one is free for their host."""
        return sum(
            most for queue in self._queues.values() for most, future in queue if not future.done()
        )

    @property
    def demand(self) -> int:
        """Return how many requests wait for a place that their host could be given now."""
        return sum(
            most
            for host, queue in self._queues.items()
            if self._free_for(host)
            for most, future in queue
            if not future.done()
        )

    def _free_for(self, host: str) -> int:
        """Return how many places `host` may take now, one after another."""
        room = 2 * self.concurrency - self._all - self.held[host]
        return max(0, (room + 1) // 2)

    def _take(self, host: str, most: int) -> int:
        taken = min(most, self._free_for(host))
        if taken:
            self.held[host] += taken
            self._all += taken
        return taken

    def _serve(self) -> None:
        """Serve waiting hosts, those with the fewest places first."""
        for host in sorted(self._queues, key=self.held.__getitem__):
            self._serve_host(host)

    def _serve_host(self, host: str) -> None:
        queue = self._queues[host]
        while queue:
            most, future = queue[0]
            if not future.done():
                taken = self._take(host, most)
                if not taken:
                    return
                future.set_result(taken)
            queue.popleft()
        del self._queues[host]
