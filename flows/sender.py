"""The sender: take a batch from the log, render it, send it, until the run owes nothing."""

from __future__ import annotations

import asyncio

from tasks.render.task import render
from tasks.send.air import Air, current
from tasks.send.open_batch import OpenBatch
from tasks.send.task import send_with


async def send_all(air: Air) -> None:
    """Work on a run's batches, as many at once as there are places in the air for."""
    current.set(air)
    await air.take_over()
    working: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as group:
        stopper = group.create_task(_end_waits_when_stopping(air, working))
        while batch := await air.next_batch():
            task = group.create_task(_deliver(air, batch))
            working.add(task)
            task.add_done_callback(working.discard)
        while working:
            await asyncio.wait(working)
        stopper.cancel()


async def _deliver(air: Air, batch: OpenBatch) -> None:
    """Render a batch, send what was not suppressed, and close it."""
    await render(batch)
    await air.suppress(batch)
    if batch.owed:
        send = send_with(air.delivery.retry, batch_size=batch.batch.size)
        await send(batch, return_state=True)  # type: ignore[misc]  # Prefect types it as sync
    await air.close(batch)


async def _end_waits_when_stopping(air: Air, working: set[asyncio.Task[None]]) -> None:
    """Cancel what only waits for a retry, once everything in the air has landed."""
    await air.stopping.wait()
    await air.slots.empty()
    for task in working:
        task.cancel()
