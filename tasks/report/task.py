"""The Prefect side of telling a run: progress while it goes, artifacts when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
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

logger = logging.getLogger("hookline.report")

PROGRESS_SECONDS = 2.0
HEARD_SECONDS = 10.0


@task(name="report", task_run_name="report", cache_policy=NO_CACHE, persist_result=False)
async def publish(report: Report, failures: list[dict[str, str | int | None]]) -> None:
    """Show a report in Prefect's UI: a summary, and a bounded table of who failed and why."""
    name = slug(report.campaign)
    async with unheard("report"):
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
    """Keep a progress artifact up to date while a run is sent.

    A picture decides nothing: when Prefect's server does not answer, the run goes on without.
    """
    telling = asyncio.create_task(_tell(engine, run))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])


async def _tell(engine: Engine, run: Run) -> None:
    artifact: UUID | None = None
    try:
        while True:
            async with unheard("progress"):
                artifact = await _told(engine, run, artifact)
            await asyncio.sleep(PROGRESS_SECONDS)
    except asyncio.CancelledError:
        async with unheard("progress"):
            await _told(engine, run, artifact)


async def _told(engine: Engine, run: Run, artifact: UUID | None) -> UUID:
    share = await asyncio.to_thread(_share_done, engine, run)
    if artifact is None:
        return await acreate_progress_artifact(
            progress=share, key=f"{slug(run.campaign)}-progress", description=f"Run {run.run_key}"
        )
    await aupdate_progress_artifact(artifact, progress=share)
    return artifact


@contextlib.asynccontextmanager
async def unheard(what: str) -> AsyncIterator[None]:
    """Go on when Prefect's server cannot be told, and say so in the log.

    Prefect asks a server that went away again for a minute: that is longer than anybody waits for
    a picture.
    """
    try:
        async with asyncio.timeout(HEARD_SECONDS):
            yield
    except Exception as error:
        logger.warning("Prefect could not be told of the %s: %s", what, type(error).__name__)


def _share_done(engine: Engine, run: Run) -> float:
    """Return the percentage of the audience that has an outcome, from the run's counters."""
    counts = runs.read_counts(engine, run_id=run.id)
    return 100.0 * counts.final / counts.audience if counts.audience else 100.0
