"""Senders in other processes: each takes batches of the same run from the log, as this one does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture

from flows.sender import send_all
from tasks.log import claims
from tasks.send.opened import open_air, working
from tasks.send.sending import Sending
from tasks.send.worker_loop import run_in_loop

LOCAL_CLUSTER: dict[str, Any] = {
    # A sender that waits for a retry keeps its thread, so a process has one.
    "threads_per_worker": 1,
    "processes": True,
    # Nothing of ours is kept in Dask's memory, and nobody looks at its pages.
    "memory_limit": 0,
    "dashboard_address": None,
    # Ctrl-C reaches every process of the terminal: the workers leave it to this one.
    "preload": ["tasks.send.worker_loop"],
}
# How often workers are looked at, and how long they may take to end with nothing left to do.
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 10.0

logger = logging.getLogger("hookline.send")


@task(name="sender", task_run_name="sender-{number}", cache_policy=NO_CACHE, persist_result=False)
def send_elsewhere(number: int, sending: Sending) -> None:
    """Send batches of a run from this worker's process until the run owes none."""
    run_in_loop(lambda: _send(sending))


async def _send(sending: Sending) -> None:
    log, environ = sending.log.open(), {**os.environ, **sending.secrets}
    message = sending.compiled(environ)
    with working(log) as owner:
        async with open_air(sending, message, environ=environ, log=log, owner=owner) as air:
            await send_all(air)


@contextlib.asynccontextmanager
async def other_senders(
    sending: Sending, owner: int, *, count: int, cluster: str
) -> AsyncIterator[None]:
    """Run `count` senders more on workers of a Dask cluster while the caller, `owner`, sends.

    `cluster` is the address of a running one; empty starts one on this machine. The caller begins
    at once and does not wait for the workers to start; in the end it waits for theirs to end. What
    becomes of the workers decides nothing: what they leave, the caller or a resume takes over.
    """
    if count < 1:
        yield
        return
    alone = threading.Event()
    others = asyncio.create_task(
        asyncio.to_thread(_run_elsewhere, sending, owner, count, cluster, alone)
    )
    try:
        yield
    finally:
        alone.set()
        await others


def _run_elsewhere(
    sending: Sending, owner: int, count: int, cluster: str, alone: threading.Event
) -> None:
    try:
        with _task_runner(count, cluster) as runner:
            _wait_for(
                [
                    runner.submit(send_elsewhere, parameters={"number": n, "sending": sending})
                    for n in range(1, count + 1)
                ],
                sending,
                owner,
                alone,
            )
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        logger.warning("The other processes could not send, or broke: %s", told)


def _wait_for(
    senders: list[PrefectDaskFuture[Any]], sending: Sending, owner: int, alone: threading.Event
) -> None:
    """Wait for senders elsewhere; once the caller is `alone`, no longer than they have work.

    A worker that was killed never answers: whether it still works, the log knows.
    """
    log, patience = sending.log.open(), PATIENCE_SECONDS
    while patience > 0 and not all(map(_is_done, senders)):
        if not alone.is_set():
            alone.wait(LOOK_SECONDS)
            continue
        time.sleep(LOOK_SECONDS)
        # Until it says goodbye in the log, there is something of it in the air.
        patience = (
            PATIENCE_SECONDS
            if claims.living_others_hold(log, run_id=sending.run.id, owner_id=owner)
            else patience - LOOK_SECONDS
        )


def _is_done(sender: PrefectDaskFuture[Any]) -> bool:
    return bool(sender.wrapped_future.done())  # type: ignore[no-untyped-call] # in Dask


def _task_runner(count: int, cluster: str) -> DaskTaskRunner:
    if cluster:
        return DaskTaskRunner(address=cluster, client_kwargs={"timeout": PATIENCE_SECONDS})
    return DaskTaskRunner(cluster_kwargs={**LOCAL_CLUSTER, "n_workers": count})
