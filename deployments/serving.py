"""Serve the flows as deployments, for Prefect's pages and for schedules, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.types.entrypoint import EntrypointType

from blocks.saved import SavedCampaign
from flows.dry_run_campaign import dry_run_campaign
from flows.preview_campaign import preview_campaign
from flows.resend_failed import resend_failed
from flows.resume_runs import resume_runs
from flows.send_campaign import send_campaign

TAG = "hookline"
RUNS_AT_ONCE = 10
"""A run is a process of its own, and one whose webhooks wait for a retry keeps its place."""
SETTLE_SECONDS = 60.0
"""What a run gets to settle its requests in the air; a request has 30 s unless told otherwise."""
RESUME_EVERY = "*/5 * * * *"
"""When lost runs are looked for; a look without one takes a process some seconds."""


def deployments() -> list[RunnerDeployment]:
    """Return a deployment of each flow that a person starts, and of the one that starts itself."""
    flows = (send_campaign, preview_campaign, dry_run_campaign, resend_failed)
    started = [_deployment(flow) for flow in flows]
    return [*started, _deployment(resume_runs, cron=RESUME_EVERY)]


async def serve(*, ready: Callable[[], object], settling: Callable[[], object]) -> None:
    """Register the flows and the saved campaign, and run what is asked for until told to stop.

    `ready` is called once they can be run, `settling` when SIGINT or SIGTERM came. Then runs get
    the time to settle what is in the air; a second signal ends them at once.
    """
    await SavedCampaign.aregister_type_and_schema()
    # Pausing would leave schedules silent after the next start.
    runner = Runner(limit=RUNS_AT_ONCE, pause_on_shutdown=False)
    for deployment in deployments():
        await runner.aadd_deployment(deployment)
    not_runs = _children()
    serving = asyncio.create_task(runner.start())
    while not runner.started and not serving.done():  # noqa: ASYNC110 (it offers no event)
        await asyncio.sleep(0.05)
    signals = _signals()
    ready()
    try:
        await _first(serving, signals.get())
        settling()
        await _first(_settle(not_runs), signals.get())
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _deployment(flow: Flow[..., Any], *, cron: str | None = None) -> RunnerDeployment:
    deployment = RunnerDeployment.from_flow(
        flow,
        name=flow.name,
        cron=cron,
        # What follows explains the parameters, which the form does beside each of them.
        description=(flow.description or "").partition("\n\nArgs:")[0],
        tags=[TAG],
        # By module: a flow loaded by its file's path would be another module, with types of its
        # own.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment.entrypoint = f"deployments.served.{flow.fn.__name__}"
    return deployment


def _signals() -> asyncio.Queue[signal.Signals]:
    """Return a queue that SIGINT and SIGTERM go to; Prefect's own handler forgets the runs."""
    heard: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, heard.put_nowait, one)
    return heard


async def _first(*awaited: Any) -> None:
    """Wait for the first of these to end, and raise what it raised."""
    tasks = [asyncio.ensure_future(one) for one in awaited]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending - {tasks[0]}:
        task.cancel()
    for task in done:
        task.result()


async def _settle(not_runs: set[psutil.Process]) -> None:
    """Tell every run once to settle, and wait until they have ended."""
    told: set[psutil.Process] = set()
    deadline = time.monotonic() + SETTLE_SECONDS
    while (running := _children() - not_runs) and time.monotonic() < deadline:
        for run in running - told:
            # A second signal would end it with its requests in the air.
            told.add(run)
            with contextlib.suppress(psutil.NoSuchProcess):
                run.terminate()
        await asyncio.sleep(0.1)


def _children() -> set[psutil.Process]:
    return {one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE}
