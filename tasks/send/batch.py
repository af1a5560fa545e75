"""Send what is due of a batch: a place in the air, the claim, the exchange, the settlement."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable
from enum import Enum
from time import monotonic
from urllib.parse import urlsplit

from tasks.log.records import Owed, Settled, State
from tasks.render.request import Request, Suppressed
from tasks.send.air import Air, Ended
from tasks.send.decision import Answered, Broken, Delivered, Failed, RetryAt, decide
from tasks.send.open_batch import OpenBatch
from tasks.send.transport import Exchange, exchange

# How long a rendered request may wait for a place in the air before it is dropped from memory.
KEEP_RENDERED_SECONDS = 1.0

DEFAULT_PORTS = {"http": ":80", "https": ":443"}

NOTHING_OWED = float("inf")


class NotMade(Enum):
    """Why an attempt that was begun was not made."""

    ELSEWHERE = "elsewhere"  # this owner was declared dead: others have it
    STOPPING = "stopping"


class RenderedDifferently(Exception):
    """A request that was rendered before came out as something else, which must not happen."""


async def send_due(air: Air, batch: OpenBatch, *, linger: float) -> float:
    """Send until nothing is due or in the air; return the seconds until the next one is due.

    Waits of up to `linger` seconds are waited here. Infinite when all deliveries are final, and
    also when the sender is stopping, for it owes nothing any more then.
    """
    async with asyncio.TaskGroup() as group:
        while True:
            due = [] if air.stopping.is_set() else batch.take_due(now=air.clock())
            for host, deliveries in (await _by_host(air, batch, due)).items():
                group.create_task(_lane(air, batch, host, deliveries, group))
            air.opened(batch)
            if batch.refused is not None:
                raise batch.refused
            wait = _seconds_to_wait(air, batch)
            if not batch.in_air and wait > linger:
                return wait
            await _until_changed(batch, timeout=wait)


def _seconds_to_wait(air: Air, batch: OpenBatch) -> float:
    if air.stopping.is_set() or batch.next_due is None:
        return NOTHING_OWED
    return max(0.0, batch.next_due - air.clock())


async def _until_changed(batch: OpenBatch, *, timeout: float) -> None:
    try:
        async with asyncio.timeout(None if timeout == NOTHING_OWED else timeout):
            await batch.changed.wait()
    except TimeoutError:
        return
    batch.changed.clear()


async def _by_host(air: Air, batch: OpenBatch, deliveries: list[int]) -> dict[str, deque[int]]:
    await _fill(air, batch, deliveries)
    if air.one_host and deliveries:
        return {host_of(batch.requests[deliveries[0]].url): deque(deliveries)}
    lanes: dict[str, deque[int]] = defaultdict(deque)
    for delivery in deliveries:
        lanes[host_of(batch.requests[delivery].url)].append(delivery)
    return lanes


def host_of(url: str) -> str:
    """Return the host and port that a URL leads to, written in one way.

    >>> host_of("https://CRM.example.com:443/users")
    'crm.example.com'
    """
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(DEFAULT_PORTS[parts.scheme])


async def _fill(air: Air, batch: OpenBatch, deliveries: Iterable[int]) -> None:
    """Render again what was dropped from memory; the bytes are those of the first time."""
    missing = [batch.owed[one] for one in deliveries if one not in batch.requests]
    if not missing:
        return
    for delivery, rendered in (await air.render(missing)).items():
        if isinstance(rendered, Suppressed):
            raise RenderedDifferently(rendered.reason)
        batch.requests[delivery] = rendered


async def _lane(
    air: Air, batch: OpenBatch, host: str, deliveries: deque[int], group: asyncio.TaskGroup
) -> None:
    """Send the deliveries of a batch that go to one host, as places in the air come free."""
    while deliveries:
        places = await _places(air, batch, host, deliveries)
        chosen = [deliveries.popleft() for _ in range(places)]
        if air.stopping.is_set():
            air.slots.release(host, places)
            batch.wait_again({one: batch.owed[one].due_at for one in (*chosen, *deliveries)})
            return
        begun = await _begun(air, batch, host, chosen)
        for one in begun:
            group.create_task(_attempt(air, batch, host, batch.owed[one], batch.requests[one]))


async def _begun(air: Air, batch: OpenBatch, host: str, chosen: list[int]) -> list[int]:
    """Claim those that hold a place; return the ones that are ours to send, rendered.

    Whatever goes wrong, the places of those that are not sent are given back: the run's other
    batches wait for them.
    """
    try:
        claimed = await air.begin(batch, chosen)
        begun = [one for one in chosen if one in claimed]
        await _fill(air, batch, begun)
    except BaseException:
        air.slots.release(host, len(chosen))
        raise
    if elsewhere := [one for one in chosen if one not in claimed]:
        air.slots.release(host, len(elsewhere))
        batch.finish(elsewhere, "elsewhere")
    return begun


async def _places(air: Air, batch: OpenBatch, host: str, deliveries: deque[int]) -> int:
    """Wait for places in the air; drop the rendered requests from memory if it takes long."""
    retry = batch.owed[deliveries[0]].is_retry
    waiting = asyncio.ensure_future(air.slots.acquire(host, most=len(deliveries), first=retry))
    try:
        done, _ = await asyncio.wait([waiting], timeout=KEEP_RENDERED_SECONDS)
        if not done:
            for delivery in deliveries:
                batch.requests.pop(delivery, None)
        return await waiting
    except asyncio.CancelledError:
        if not waiting.cancel() and not waiting.cancelled():
            air.slots.release(host, waiting.result())
        raise


async def _attempt(air: Air, batch: OpenBatch, host: str, owed: Owed, request: Request) -> None:
    """Make one attempt; its place in the air is free when its end is about to be settled."""
    try:
        made = await _exchanged(air, owed, request)
    except BaseException:
        air.slots.release(host)
        raise
    if isinstance(made, NotMade):
        await _take_back(air, batch, host, owed, made)
        return
    number = owed.attempts + 1
    decision = decide(
        made.result,
        attempt=number - owed.earlier_attempts,
        ended_at=made.ended_at,
        policy=air.delivery.retry,
    )
    air.scribe.end(settlement(owed, number, made, decision), Ended(batch, host, owed, decision))


async def _take_back(air: Air, batch: OpenBatch, host: str, owed: Owed, why: NotMade) -> None:
    """Let go of a claim without an attempt; who stops owes it as before."""
    try:
        if why is NotMade.STOPPING:
            await air.unbegin(owed)
            batch.wait_again({owed.id: owed.due_at})
        else:
            batch.finish([owed.id], why.value)
    finally:
        air.slots.release(host)


async def _may_send(air: Air) -> bool:
    """Wait while the lease does not hold; tell whether this owner is still alive."""
    while not air.lease.holds(now=monotonic()):
        # A heartbeat that was answered late renews nothing: it may be as old as the trouble.
        if not await air.lease.again():
            return False
    return True


async def _exchanged(air: Air, owed: Owed, request: Request) -> Exchange | NotMade:
    """Send a request when there is room on the wire and this sender may still send."""
    await air.wire.take(first=owed.is_retry)
    try:
        if air.stopping.is_set():
            return NotMade.STOPPING
        if not await _may_send(air):
            return NotMade.ELSEWHERE
        return await exchange(
            air.transport, request, timeout=air.delivery.timeout, clock=air.clock, mask=air.mask
        )
    finally:
        air.wire.give()


def settlement(
    owed: Owed, number: int, made: Exchange, decision: Delivered | RetryAt | Failed
) -> Settled:
    """Return what the log keeps of attempt `number` and what becomes of its delivery."""
    result = made.result
    return Settled(
        delivery_id=owed.id,
        attempt=number,
        started_at=made.started_at,
        ended_at=made.ended_at,
        status=result.status if isinstance(result, Answered) else None,
        error=result.error if isinstance(result, Broken) else None,
        maybe_received=isinstance(result, Broken) and result.maybe_received,
        detail=result.detail if isinstance(result, Answered) else None,
        state=_state(decision),
        reason=decision.reason if isinstance(decision, Failed) else None,
        due_at=decision.time if isinstance(decision, RetryAt) else made.ended_at,
    )


def _state(decision: Delivered | RetryAt | Failed) -> State:
    if isinstance(decision, Delivered):
        return State.DELIVERED
    return State.PENDING if isinstance(decision, RetryAt) else State.FAILED
