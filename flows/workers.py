"""Senders in other processes: each takes batches of the same run from the log, as this one does."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect_dask.task_runners import DaskTaskRunner

from flows.sender import send_all
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
}


@task(name="sender", task_run_name="sender-{number}", cache_policy=NO_CACHE, persist_result=False)
def send_elsewhere(number: int, sending: Sending) -> None:
    """Send batches of a run from this worker's process until the run owes none."""
    run_in_loop(lambda: _send(sending))


async def _send(sending: Sending) -> None:
    log = sending.log.open()
    with working(log) as owner:
        async with open_air(sending, environ=os.environ, log=log, owner=owner) as air:
            await send_all(air)


@contextlib.asynccontextmanager
async def other_senders(sending: Sending, *, count: int, cluster: str) -> AsyncIterator[None]:
    """Run `count` senders more while the caller sends, on workers of a Dask cluster.

    `cluster` is the address of a running one; empty starts one on this machine. The caller begins
    at once and does not wait for the workers to start; in the end it waits for theirs to end.
    """
    if count < 1:
        yield
        return
    others = asyncio.create_task(asyncio.to_thread(_run_elsewhere, sending, count, cluster))
    try:
        yield
    finally:
        await others


def _run_elsewhere(sending: Sending, count: int, cluster: str) -> None:
    with _task_runner(count, cluster) as runner:
        senders: list[PrefectFuture[Any]] = [
            runner.submit(send_elsewhere, parameters={"number": number, "sending": sending})
            for number in range(1, count + 1)
        ]
        for sender in senders:
            # One that broke left its batches to the others; the balance tells what is owed.
            sender.wait()


def _task_runner(count: int, cluster: str) -> DaskTaskRunner:
    if cluster:
        return DaskTaskRunner(address=cluster)
    return DaskTaskRunner(cluster_kwargs={**LOCAL_CLUSTER, "n_workers": count})
