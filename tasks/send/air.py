"""What a sender process holds open while it works on one run."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from blocks.delivery import Delivery
from tasks.log import claims, settle, takeover
from tasks.log.records import Batch, Owed, Run
from tasks.log.scribe import Scribe
from tasks.render.request import Request, Suppressed
from tasks.send.client import FastTransport
from tasks.send.decision import Delivered, Failed, RetryAt
from tasks.send.lease import Lease
from tasks.send.open_batch import OpenBatch
from tasks.send.slots import Slots
from tasks.send.wire import Wire

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The air of the run that this process is sending, for the tasks that Prefect calls with values.
current: ContextVar[Air] = ContextVar("hookline_air")

# How soon a sender without work looks whether another one left some, and how seldom in the end.
LOOK_AGAIN_SECONDS, LOOK_SELDOM_SECONDS = 0.05, 1.0

# How many requests may wait for hosts that have their share while others are looked for.
LOOK_AHEAD = 5_000

Render = Callable[[Sequence[Owed]], Awaitable[dict[int, Request | Suppressed]]]


class Ended(NamedTuple):
    """An attempt that ended: of which batch, to which host, what follows from it."""

    batch: OpenBatch
    host: str
    owed: Owed
    decision: Delivered | RetryAt | Failed


@dataclass(slots=True)
class Air:
    """One sender's run, settings and open doors."""

    run: Run
    delivery: Delivery
    owner: int
    transport: FastTransport
    scribe: Scribe[Ended]
    render: Render
    mask: Callable[[str], str]
    clock: Callable[[], float]
    slots: Slots
    wire: Wire
    one_host: bool
    lease: Lease
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    opening: int = 0
    broken: str = ""

    def note(self, error: Exception | None) -> None:
        """Keep what broke first, secrets hidden, to be told when the run ends."""
        if error is not None and not self.broken:
            self.broken = f"{type(error).__name__}: {self.mask(str(error))}"

    def stop(self) -> None:
        """Claim nothing new; what is in the air lands and is settled."""
        self.stopping.set()
        self.slots.wake()

    async def next_batch(self) -> OpenBatch | None:
        """Take the next batch when there is room for it; None when the run owes none any more.

        While other senders hold the last batches this waits, in case one of them dies.
        """
        pause = LOOK_AGAIN_SECONDS
        while True:
            await self._room()
            if self.stopping.is_set():
                return None
            batch, more = await self.scribe.write(self._take)
            if batch is not None:
                self.opening += batch.opening
                return cast(OpenBatch, batch)
            if not more:
                return None
            await self.slots.changes(timeout=pause)
            pause = min(2 * pause, LOOK_SELDOM_SECONDS)

    async def take_over(self) -> None:
        """Take over at once what processes left of this run that are known to be dead."""
        await self.scribe.write(self._take_over)

    def _take(self, connection: Connection) -> tuple[OpenBatch | None, bool]:
        """Return the next batch, and whether there are batches to be had, now or later."""
        batch = claims.take_batch(connection, run_id=self.run.id, owner_id=self.owner)
        if batch is not None:
            owed = claims.owed(connection, run_id=self.run.id, batch=batch.number)
            return OpenBatch(batch, owed, label=_label(batch, owed)), True
        taken = self._take_over(connection)
        others = claims.others_hold(connection, run_id=self.run.id, owner_id=self.owner)
        return None, taken.batches > 0 or others

    def _take_over(self, connection: Connection) -> takeover.TakenOver:
        return takeover.take_over(
            connection,
            run_id=self.run.id,
            policy=self.delivery.in_doubt,
            attempt_limit=self.delivery.retry.attempt_limit,
            now=self.clock(),
            by_silence=self.lease.may_judge(now=monotonic()),
        )

    async def _room(self) -> None:
        """Wait until places in the air, or soon will, have nobody waiting for them."""
        while not self.stopping.is_set() and self.opening + self._waiting() >= self.look_ahead:
            await self.slots.changes()

    @property
    def look_ahead(self) -> int:
        """Return how many recipients may wait for places before another batch is opened."""
        return max(self.delivery.concurrency, self.delivery.batch_size // 2)

    def _waiting(self) -> int:
        # With one host, whoever waits for it waits for the same places. With several, those who
        # wait for hosts that have their share must not hold up the others, within reason.
        if self.one_host or self.slots.full or self.slots.waiting > LOOK_AHEAD:
            return self.slots.waiting
        return 0

    def opened(self, batch: OpenBatch) -> None:
        """Note that a batch's recipients wait for places themselves now, or need none."""
        self.opening -= batch.opening
        batch.opening = 0
        self.slots.wake()

    async def begin(self, batch: OpenBatch, deliveries: Sequence[int]) -> set[int]:
        """Write the next attempt of these deliveries as begun; return those that are ours."""
        begun: set[int] = await self.scribe.write(
            lambda connection: claims.begin(
                connection,
                run_id=self.run.id,
                owner_id=self.owner,
                batch=batch.batch.number,
                delivery_ids=deliveries,
                now=self.clock(),
            )
        )
        return begun

    async def unbegin(self, owed: Owed) -> None:
        """Take back an attempt that was begun and will not be made."""
        await self.scribe.write(
            lambda connection: claims.unbegin(
                connection,
                run_id=self.run.id,
                owner_id=self.owner,
                delivery_ids=[owed.id],
                before=owed.state,
            )
        )

    async def owed(self, batch: OpenBatch) -> list[Owed]:
        """Return what a batch owes, from the log."""
        found: list[Owed] = await self.scribe.write(
            lambda connection: claims.owed(connection, run_id=self.run.id, batch=batch.batch.number)
        )
        return found

    def landing(self, ended: list[Ended]) -> None:
        """Give the places in the air of what ended to others.

        Their claims are written in the commit that settles these, or in a later one, so the log
        never has more in flight than there are places.
        """
        for host, places in Counter([one.host for one in ended]).items():
            self.slots.release(host, places)

    async def quiet(self) -> None:
        """Wait until nothing is in the air, and what was is in the log."""
        await self.slots.empty()
        await self.scribe.written()

    def landed(self, ended: list[Ended], error: Exception | None) -> None:
        """Note what the log has settled."""
        for one in ended:
            if error is None:
                one.batch.land(one.owed, one.decision)
            else:
                one.batch.refuse(error)

    async def suppress(self, batch: OpenBatch) -> None:
        """Write which recipients were suppressed when they were rendered, and why."""
        if batch.suppressed:
            await self.scribe.write(
                lambda connection: settle.suppress(
                    connection,
                    run_id=self.run.id,
                    owner_id=self.owner,
                    batch=batch.batch.number,
                    reasons=batch.suppressed,
                )
            )

    async def close(self, batch: OpenBatch) -> None:
        """Close a batch if nothing of it is owed any more."""
        self.opened(batch)
        await self.scribe.write(
            lambda connection: claims.close_batch(
                connection, run_id=self.run.id, owner_id=self.owner, batch=batch.batch.number
            )
        )


def _label(batch: Batch, owed: Sequence[Owed]) -> str:
    return owed[0].user_id if batch.size == 1 and owed else f"batch-{batch.number}"
