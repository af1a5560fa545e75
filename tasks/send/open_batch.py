"""A batch of recipients while a sender works on it: what is owed, when, and what is rendered."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable, Mapping

from tasks.log.records import Batch, Owed
from tasks.render.request import Request
from tasks.send.decision import Delivered, Failed, RetryAt

# Of many webhooks that wait for a retry, those that are due so soon after the first go with it.
TOGETHER_SECONDS = 0.1


class OpenBatch:
    """What one process knows of a batch it holds; the delivery log knows the rest.

    A plain class on purpose: Prefect looks into dataclasses and collections that it is given as
    parameters, one recipient after another.
    """

    __slots__ = (
        "batch", "changed", "in_air", "label", "opening",
        "outcomes", "owed", "parked", "refused", "requests", "suppressed", "waiting",
    )  # fmt: skip

    def __init__(self, batch: Batch, owed: Iterable[Owed], *, label: str) -> None:
        """Take the deliveries of a batch that are not final yet."""
        self.batch = batch
        self.label = label
        self.parked = False
        self.owed: dict[int, Owed] = {}
        self.requests: dict[int, Request] = {}
        self.waiting: list[tuple[float, int]] = []
        self.unpark(owed)
        self.in_air = 0
        self.opening = len(self.owed)
        self.outcomes: dict[str, int] = {}
        self.suppressed: list[tuple[int, str]] = []
        self.changed = asyncio.Event()
        self.refused: Exception | None = None

    def __str__(self) -> str:
        """Return the name that task runs carry: the user's id, or the batch's number."""
        return self.label

    def take_due(self, *, now: float) -> list[int]:
        """Take the deliveries that are due at `now` (epoch seconds), the longest due first."""
        due: list[int] = []
        if self.next_due is None or self.next_due > now:
            return due
        while self.waiting and self.waiting[0][0] <= now:
            delivery = heapq.heappop(self.waiting)[1]
            if delivery in self.owed:
                due.append(delivery)
        self.in_air += len(due)
        return due

    def wait_again(self, deliveries: Mapping[int, float]) -> None:
        """Let deliveries that were in the air wait until their times, in epoch seconds."""
        for delivery, due_at in deliveries.items():
            heapq.heappush(self.waiting, (due_at, delivery))
        self._landed(len(deliveries))

    def finish(self, deliveries: Iterable[int], outcome: str) -> None:
        """Forget deliveries that were in the air and are final, or somebody else's, now."""
        count = 0
        for delivery in deliveries:
            self.owed.pop(delivery, None)
            self.requests.pop(delivery, None)
            count += 1
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self._landed(count)

    def land(self, owed: Owed, decision: Delivered | RetryAt | Failed) -> None:
        """Note what became of a delivery, once that is in the log."""
        if isinstance(decision, RetryAt):
            self.owed[owed.id] = owed.again(due_at=decision.time)
            # Rendered again when it is due: until then it keeps its id only.
            self.requests.pop(owed.id, None)
            self.wait_again({owed.id: decision.time})
        else:
            told = decision.reason if isinstance(decision, Failed) else "delivered"
            self.finish([owed.id], told)

    def refuse(self, error: Exception) -> None:
        """Note that the log refused for good what became of a delivery."""
        self.refused = error
        self._landed(1)

    def suppress(self, delivery: int, reason: str) -> None:
        """Set apart a delivery that was suppressed when it was rendered."""
        self.owed.pop(delivery)
        self.suppressed.append((delivery, reason))

    @property
    def next_due(self) -> float | None:
        """Return when to send what waits first, in epoch seconds; None if nothing waits.

        A retry that is not alone is due a moment late, with those that come after it.
        """
        while self.waiting and self.waiting[0][1] not in self.owed:
            heapq.heappop(self.waiting)
        if not self.waiting:
            return None
        due_at, first = self.waiting[0]
        together = len(self.waiting) > 1 and self.owed[first].is_retry
        return due_at + TOGETHER_SECONDS if together else due_at

    def park(self) -> None:
        """Keep nothing of what is owed while it waits: the log has it, and renders to the same."""
        self.parked = True
        self.owed, self.requests, self.waiting = {}, {}, []

    def unpark(self, owed: Iterable[Owed]) -> None:
        """Take what is owed from the log again."""
        self.parked = False
        self.owed = {one.id: one for one in owed}
        self.waiting = [(one.due_at, one.id) for one in self.owed.values()]
        heapq.heapify(self.waiting)

    def _landed(self, count: int) -> None:
        self.in_air -= count
        self.changed.set()
