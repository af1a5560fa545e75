"""Open what a sender needs for one run, and close it again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from blocks.delivery import Delivery
from blocks.settings import Settings
from tasks.log import claims, owners, rows, runs, settle
from tasks.log.host_shares import share
from tasks.log.limits import reserve
from tasks.log.records import Run
from tasks.log.scribe import Scribe
from tasks.render.message import CompiledMessage
from tasks.render.recipients import renderer
from tasks.send.air import Air, Ended, Render
from tasks.send.garbage import collecting_seldom
from tasks.send.gate import Gate
from tasks.send.lease import Lease
from tasks.send.linked import LinkedFetcher
from tasks.send.linked_batch import linked_renderer
from tasks.send.mask import make_mask, secrets_of
from tasks.send.sending import Sending
from tasks.send.slots import Slots
from tasks.send.transport import open_transport
from tasks.send.wire import Wire, claimed_at_once

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Connection, Engine


@contextlib.contextmanager
def working(
    log: Engine, *, run_id: int | None = None, flow_run_id: str | None = None
) -> Iterator[int]:
    """Enter this process as an owner of the log and return its id; it leaves at the end.

    What it still holds then may be taken over at once, by another sender or a resume. `run_id` is
    what it works on and `flow_run_id` for which flow run, in case it dies.
    """
    owner = owners.register(
        log,
        process=owners.this_process(),
        lease=Settings().lease_seconds,
        flow_run_id=flow_run_id,
        run_id=run_id,
    )
    try:
        yield owner
    finally:
        claims.release_batches(log, owner_id=owner)
        owners.leave(log, owner_id=owner)


@contextlib.asynccontextmanager
async def open_air(
    sending: Sending,
    message: CompiledMessage,
    *,
    environ: Mapping[str, str],
    log: Engine,
    owner: int,
) -> AsyncIterator[Air]:
    """Open the HTTP transport and the log's writer of this process for one run.

    `environ` is what the message was compiled with: its secrets are hidden in what is kept.
    """
    run, delivery = sending.run, sending.campaign.delivery
    scribe = Scribe[Ended](
        log,
        settle=lambda connection, rows: settle.settle(
            connection, run_id=run.id, owner_id=owner, settled=rows
        ),
        landing=lambda ended: air.landing(ended),
        landed=lambda ended, error: air.landed(ended, error),
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(collecting_seldom())
        transport = await stack.enter_async_context(open_transport(timeout=delivery.timeout))
        gate = _gate(delivery, scribe, owner)
        air = Air(
            run=run,
            delivery=delivery,
            owner=owner,
            transport=transport,
            scribe=scribe,
            render=_render(message, run, scribe, transport, stack),
            mask=make_mask(secrets_of(sending.campaign, environ)),
            clock=time.time,
            slots=Slots(_places(delivery, message, gate), gate=gate),
            # With many hosts, the places alone decide how many are on the wire.
            wire=Wire(delivery.concurrency * (1 if message.one_host else 2)),
            one_host=message.one_host,
            lease=Lease(Settings().lease_seconds, renewed_at=time.monotonic()),
        )
        beating = asyncio.create_task(_beat(air))
        try:
            yield air
        finally:
            beating.cancel()
            if gate is not None:
                await gate.close()
            await scribe.close()


def _places(delivery: Delivery, message: CompiledMessage, gate: Gate | None) -> int:
    return claimed_at_once(
        delivery.concurrency,
        one_host=message.one_host,
        limited=gate is not None,
        held=delivery.in_doubt == "hold",
    )


def _gate(delivery: Delivery, scribe: Scribe[Ended], owner: int) -> Gate | None:
    """Return the limits of hosts that this process shares with others through the log."""
    rate, limit = delivery.host_rate, delivery.host_concurrency
    if rate is None and limit is None:
        return None
    return Gate(
        rate,
        limit,
        reserve=lambda host, most: scribe.write(
            lambda connection: reserve(connection, host=host, rate=rate or 0, most=most)
        ),
        share=lambda wishes: scribe.write(
            lambda connection: share(connection, owner_id=owner, limit=limit or 0, wishes=wishes)
        ),
    )


def _render(
    message: CompiledMessage,
    run: Run,
    scribe: Scribe[Ended],
    transport: httpx.AsyncBaseTransport,
    stack: AsyncExitStack,
) -> Render:
    """Return what renders owed deliveries: at once, or with linked data fetched for them."""
    thread = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="hookline-rows"))
    read = rows.reader(run.snapshot)
    if message.linked is None:
        return renderer(message, rows=read, run_key=run.run_key, thread=thread)
    fetcher = LinkedFetcher(transport, clock=time.monotonic)
    stack.push_async_callback(fetcher.aclose)
    return linked_renderer(
        message, rows=read, run=run, thread=thread, fetcher=fetcher, write=scribe.write
    )


async def _beat(air: Air) -> None:
    """Keep the lease; stop when others declared the owner dead, or the run is to stop."""
    try:
        while True:
            asked_at = time.monotonic()
            alive, wanted = await air.scribe.write(lambda connection: _beaten(connection, air))
            if not alive:
                return
            air.lease.renew(at=asked_at)
            if not wanted:
                air.stop()
            await asyncio.sleep(air.lease.seconds / owners.HEARTBEATS_PER_LEASE)
    finally:
        air.lease.lose()
        air.stop()


def _beaten(connection: Connection, air: Air) -> tuple[bool, bool]:
    alive = owners.heartbeat(connection, owner_id=air.owner)
    return alive, runs.is_wanted(connection, run_id=air.run.id)
