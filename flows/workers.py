"""Senders in other processes: each takes batches of the same run from the log, as this one does."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from typing import Annotated, Any

import dask
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect_dask.task_runners import DaskTaskRunner, PrefectDaskFuture
from pydantic import Field

from flows.sender import send_all
from tasks.log import claims
from tasks.send.opened import open_air, working
from tasks.send.others import Order, OtherSenders
from tasks.send.sending import Sending
from tasks.send.worker_loop import run_in_loop
from tasks.send.worker_source import prepare_workers

# A number of processes that send, this one too; 0 decides by what is owed.
Workers = Annotated[int, Field(ge=0, le=256)]

LOCAL_CLUSTER: dict[str, Any] = {
    # A sender that waits for a retry keeps its thread, so a process has one.
    "threads_per_worker": 1,
    "processes": True,
    # Nothing of ours is kept in Dask's memory, and nobody looks at its pages.
    "memory_limit": 0,
    "dashboard_address": None,
    # Its HTTP server starts all the same, and two clusters cannot have one port.
    "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"},
    # Ctrl-C reaches every process of the terminal: the workers leave it to this one.
    # What a sender needs is imported while a worker starts.
    "preload": ["tasks.send.worker_loop", "flows.workers"],
}
FORKED = {"distributed.worker.multiprocessing-method": "forkserver"}
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
    with working(log, run_id=sending.run.id, flow_run_id=flow_run.id) as owner:
        async with open_air(sending, message, environ=environ, log=log, owner=owner) as air:
            await send_all(air)


@contextlib.asynccontextmanager
async def other_senders(workers: int, *, cluster: str) -> AsyncIterator[OtherSenders]:
    """Start the other processes of `workers`, and wait in the end for theirs to end.

    What becomes of them decides nothing: what they leave, the caller or a resume takes over.
    """
    others = OtherSenders(
        workers,
        cluster,
        cores=len(os.sched_getaffinity(0)),
        run=functools.partial(_run_elsewhere, cluster),
    )
    others.start()
    try:
        yield others
    finally:
        await others.end()


def _run_elsewhere(cluster: str, count: int, order: Order, alone: threading.Event) -> None:
    try:
        with dask.config.set(FORKED), _task_runner(count, cluster) as runner:
            sending, owner = order.result()
            workers = count or len(runner.client.scheduler_info()["workers"])
            senders = [
                runner.submit(send_elsewhere, parameters={"number": n, "sending": sending})
                for n in range(1, workers + 1)
            ]
            _wait_for(senders, sending, owner, alone)
    except CancelledError:
        return
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
    prepare_workers()
    # The process they are copied from may be older than what was set here.
    local = {**LOCAL_CLUSTER, "n_workers": count, "env": dict(os.environ)}
    return DaskTaskRunner(cluster_kwargs=local)
