"""Work on a run whose audience is frozen, and tell how it ended."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from flows.sender import send_all
from tasks.check.occurrence import Occurrence
from tasks.log import runs
from tasks.log.records import Run
from tasks.log.retention import drop_old_snapshots
from tasks.report.read import read_failures, report_of
from tasks.report.report import Report
from tasks.report.task import progress, publish
from tasks.send.air import Air
from tasks.send.opened import open_air
from tasks.send.others import OtherSenders
from tasks.send.stop import stopping_on_signals

logger = logging.getLogger("hookline.send")


async def send_run(
    occurrence: Occurrence, run: Run, owner: int, others: OtherSenders
) -> State[Report]:
    """Send what a run owes, finish it if it balances, and publish its report."""
    log = occurrence.log.open()
    runs.set_wanted(log, run_id=run.id, wanted="run")
    sending, prepared = occurrence.sending(run, here=os.environ), occurrence.prepared
    async with open_air(
        sending, prepared.message, environ=prepared.environ, log=log, owner=owner
    ) as air:
        with stopping_on_signals(lambda: _stop(air, others)):
            async with progress(log, run):
                others.send(sending, owner)
                await send_all(air)
                await others.end()
    balance = await asyncio.to_thread(runs.finish_run, log, run_id=run.id, now=time.time())
    drop_old_snapshots(log, now=time.time(), retention=Settings().snapshot_seconds)
    report = report_of(log, runs.read_run(log, run_id=run.id), balance=balance, now=time.time())
    await publish(report, read_failures(log, run_key=run.run_key))
    if report.balanced:
        return Completed(message=report.sentence, data=report)
    if air.broken:
        logger.warning("A task broke: %s", air.broken)
    broken = f" A task broke, {air.broken}." if air.broken else ""
    to_go_on = f"To go on: hookline resume {run.run_key}"
    return Failed(message=f"{report.sentence}.{broken} {to_go_on}", data=report)


def _stop(air: Air, others: OtherSenders) -> None:
    """Stop this sender; where there are others, they read it in the log."""
    if others.started:
        runs.set_wanted(air.scribe.engine, run_id=air.run.id, wanted="stop")
    air.stop()


def refused(mistake: AuthorMistake) -> State[Any]:
    """Return the state of a run that its author's mistakes stopped before the first send."""
    return Failed(message=str(mistake), data=mistake)
