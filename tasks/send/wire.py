"""How many requests are on the wire at once, where more than those have been claimed in the log."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Wire:
    """Room for requests; whoever waits takes turns, retries before first attempts."""

    room: int
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def take(self, *, first: bool) -> None:
        """Wait for room; `first` goes before the others."""
        if self.room:
            self.room -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        if first:
            self._waiting.appendleft(turn)
        else:
            self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # It may have been given room at the moment of being cancelled.
            if turn.done() and not turn.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Give room back, to the next one if anybody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.room += 1


def claimed_at_once(concurrency: int, *, one_host: bool, limited: bool, held: bool) -> int:
    """Return how many places a host has, each of which is held from the claim to the settlement.

    Twice what may be on the wire, so that the wire need not wait for the log's commits; a crash
    then leaves no more in doubt than where there are many hosts. No more than on the wire where
    hosts share places, where their limits count them, and where what is in doubt is `held`.
    """
    return 2 * concurrency if one_host and not limited and not held else concurrency
