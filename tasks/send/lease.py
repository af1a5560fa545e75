"""The sender's own view of its lease: whether it may still send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

# Heartbeats without trouble after which an owner trusts that the others could write theirs too.
IN_A_ROW = 2


@dataclass(slots=True)
class Lease:
    """How long this process may send without a heartbeat in the log; times of the loop's clock.

    Others take over what an owner has when its lease is over. An owner that was frozen, or cannot
    reach the log, stops after half of it: what it claimed before it would send a second time.
    """

    seconds: float
    renewed_at: float
    lost: bool = False
    in_a_row: int = 0  # heartbeats that came in time
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def holds(self, *, now: float) -> bool:
        """Tell whether something may be sent at `now`."""
        return not self.lost and now - self.renewed_at < self.seconds / 2

    def may_judge(self, *, now: float) -> bool:
        """Tell whether this owner may take others for dead because they are silent.

        One that just came, or could not reach the log itself for a while, may not: the others
        wait for the same log and say nothing either.
        """
        return self.holds(now=now) and self.in_a_row >= IN_A_ROW

    def renew(self, *, at: float) -> None:
        """Note a heartbeat that was asked for at this time and is in the log."""
        in_time = at - self.renewed_at < self.seconds / 2
        self.in_a_row = self.in_a_row + 1 if in_time else 0
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
