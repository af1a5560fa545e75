"""The sender: take a batch from the log, render it, send it, until the run owes nothing."""

from __future__ import annotations

import asyncio

from tasks.render.task import render
from tasks.send.air import Air, current
from tasks.send.open_batch import OpenBatch
from tasks.send.task import exception_of, send_with


async def send_all(air: Air) -> None:
    """Work on a run's batches, as many at once as there are places in the air for."""
    token = current.set(air)
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
    current.reset(token)


async def _deliver(air: Air, batch: OpenBatch) -> None:
    """Render a batch, send what was not suppressed, and close it.

    A task that breaks costs its own batch: the others are sent, and the run says what broke.
    """
    # Prefect types a call that returns its state as one that need not be awaited.
    rendered = await render(batch, return_state=True)  # type: ignore[misc]
    air.note(exception_of(rendered))
    if rendered.is_completed():
        await air.suppress(batch)
        if batch.owed:
            send = send_with(air.delivery.retry, batch_size=batch.batch.size)
            sent = await send(batch, return_state=True)  # type: ignore[misc]
            air.note(exception_of(sent))
    await air.close(batch)


async def _end_waits_when_stopping(air: Air, working: set[asyncio.Task[None]]) -> None:
    """Cancel what only waits for a retry, once everything in the air has landed."""
    await air.stopping.wait()
    await air.quiet()
    for task in working:
        task.cancel()
