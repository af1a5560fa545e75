"""Processes that send beside this one, from before it is known what there is to send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event

from tasks.send.senders import senders_for
from tasks.send.sending import Sending

Order = Future[tuple[Sending, int]]
# Starts so many workers (0: all there are), lets them work on what is ordered, and waits for them
# to end; once the event is set, no longer than they have work.
RunElsewhere = Callable[[int, Order, Event], None]


@dataclass(slots=True)
class OtherSenders:
    """Processes beside this one; a worker takes seconds to start, and more where it is needed."""

    workers: int  # processes that send, this one too; 0 decides by what is owed
    cluster: str  # address of a running Dask cluster; empty for workers on this machine
    cores: int
    run: RunElsewhere
    _order: Order = field(default_factory=Future)
    _alone: Event = field(default_factory=Event)
    _running: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        """Tell whether there are any."""
        return self._running is not None

    def start(self) -> None:
        """Start them now, if it is known that there are any; they wait for what to send."""
        if self.cluster or self.workers > 1:
            self._start(max(0, self.workers - 1))

    def send(self, sending: Sending, owner: int) -> None:
        """Let them send for a run while the caller, `owner`, does so too."""
        if not self.started and not self.workers and (more := self._that_pay(sending) - 1):
            self._start(more)
        self._order.set_result((sending, owner))

    async def end(self) -> None:
        """Wait until they have ended, now that this process has nothing to do any more."""
        self._alone.set()
        self._order.cancel()
        if self._running is not None:
            await self._running

    def _start(self, count: int) -> None:
        self._running = asyncio.create_task(
            asyncio.to_thread(self.run, count, self._order, self._alone)
        )

    def _that_pay(self, sending: Sending) -> int:
        counts = sending.run.counts
        return senders_for(
            counts.audience - counts.final,
            cores=self.cores,
            host_rate=sending.campaign.delivery.host_rate,
            log_is_file=sending.log.is_file,
        )
