"""The Prefect side of telling a run: progress while it goes, artifacts when it ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from uuid import UUID

from prefect import task
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from blocks.campaign import slug
from tasks.log import runs
from tasks.log.records import Run
from tasks.report.markdown import summary
from tasks.report.report import Report

if TYPE_CHECKING:
    from sqlalchemy import Engine

PROGRESS_SECONDS = 2.0


@task(name="report", task_run_name="report", cache_policy=NO_CACHE, persist_result=False)
async def publish(report: Report, failures: list[dict[str, str | int | None]]) -> None:
    """Show a report in Prefect's UI: a summary, and a bounded table of who failed and why."""
    name = slug(report.campaign)
    await acreate_markdown_artifact(
        markdown=summary(report), key=f"{name}-report", description=report.sentence
    )
    if failures:
        await acreate_table_artifact(
            table=failures,
            key=f"{name}-failures",
            description=f"The first {len(failures)} of {report.failed:,} failed deliveries.",
        )


@contextlib.asynccontextmanager
async def progress(engine: Engine, run: Run) -> AsyncIterator[None]:
    """Keep a progress artifact up to date while a run is sent."""
    artifact = await acreate_progress_artifact(
        progress=0.0, key=f"{slug(run.campaign)}-progress", description=f"Run {run.run_key}"
    )
    telling = asyncio.create_task(_tell(engine, run, artifact))
    try:
        yield
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        await aupdate_progress_artifact(artifact, progress=await _share_done(engine, run))


async def _tell(engine: Engine, run: Run, artifact: UUID) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        await aupdate_progress_artifact(artifact, progress=await _share_done(engine, run))


async def _share_done(engine: Engine, run: Run) -> float:
    """Return the percentage of the audience that has an outcome, from the run's counters."""
    counts = await asyncio.to_thread(runs.read_counts, engine, run_id=run.id)
    return 100.0 * counts.final / counts.audience if counts.audience else 100.0
