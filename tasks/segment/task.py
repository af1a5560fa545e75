"""The Prefect task that selects the audience of a run and freezes it in the log."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from tasks.check.occurrence import Occurrence
from tasks.log import owners, plan, runs
from tasks.log.owners import HEARTBEATS_PER_LEASE
from tasks.log.plan import PlanRefused
from tasks.log.records import Run
from tasks.segment.plan import freeze_audience, give_up

LOOK_AGAIN_SECONDS = 1.0


@task(
    name="select-audience",
    task_run_name="select-audience",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def select_audience(occurrence: Occurrence, owner: int) -> State[Run]:
    """Select the users of a run and write one pending delivery for each; return the run.

    A run whose audience is frozen keeps it: resuming never selects again. While another process
    selects for the same run, this one waits.
    """
    for warning in occurrence.prepared.columns.warnings:
        get_run_logger().warning(warning)
    try:
        run = occurrence.enter()
        while run.planned_at is None:
            await _plan(occurrence, run, owner)
            run = occurrence.enter()
    except AuthorMistake as mistake:
        return Failed(message=str(mistake), data=mistake)
    return Completed(message=f"{run.counts.audience:,} in the audience", data=run)


async def _plan(occurrence: Occurrence, run: Run, owner: int) -> None:
    log = occurrence.log.open()
    try:
        plan.begin_plan(log, run_id=run.id, owner_id=owner)
    except PlanRefused:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return
    try:
        async with _beating(occurrence, owner):
            await asyncio.to_thread(_freeze, occurrence, run, owner)
    except AuthorMistake:
        give_up(log, run=run, owner=owner)
        runs.withdraw(log, run_id=run.id)
        raise


@contextlib.asynccontextmanager
async def _beating(occurrence: Occurrence, owner: int) -> AsyncIterator[None]:
    """Say that this owner is alive while it plans, which may take longer than its lease."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(Settings().lease_seconds / HEARTBEATS_PER_LEASE)
            await asyncio.to_thread(owners.heartbeat, occurrence.log.open(), owner_id=owner)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


def _freeze(occurrence: Occurrence, run: Run, owner: int) -> None:
    prepared, part_rows = occurrence.prepared, Settings().part_rows
    selection = prepared.selection()
    warnings = freeze_audience(
        occurrence.log.open(),
        prepared.selected(selection, rows=part_rows),
        run=run,
        owner=owner,
        id_column=occurrence.campaign.users.id,
        seen=prepared.columns.seen,
        recipients_per_task=occurrence.campaign.delivery.recipients_per_task,
        now=time.time(),
        part_rows=part_rows,
        warnings=selection.warnings,
    )
    for warning in warnings:
        get_run_logger().warning(warning)
