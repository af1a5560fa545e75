"""The sender's own view of its lease: whether it may still send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lease:
    """How long this process may send without a heartbeat in the log; times of the loop's clock.

    Others take over what an owner has when its lease is over. An owner that was frozen, or cannot
    reach the log, stops after half of it: what it claimed before it would send a second time.
    """

    seconds: float
    renewed_at: float
    lost: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def holds(self, *, now: float) -> bool:
        """Tell whether something may be sent at `now`."""
        return not self.lost and now - self.renewed_at < self.seconds / 2

    def renew(self, *, at: float) -> None:
        """Note a heartbeat that was asked for at this time and is in the log."""
        self.renewed_at = at
        self._news.set()

    def lose(self) -> None:
        """Note that others declared this owner dead, or that it ends."""
        self.lost = True
        self._news.set()

    async def again(self) -> bool:
        """Wait for the next heartbeat; tell whether it found this owner alive."""
        self._news.clear()
        while not self._news.is_set() and not self.lost:
            await self._news.wait()
        return not self.lost
