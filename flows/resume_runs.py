"""Go on with the runs whose processes died: what they owe is sent, everyone accounted for."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from flows.crashed import mark_crashed
from flows.owner import choice_again
from flows.send_campaign import send_campaign
from flows.sending import refused
from tasks.log.orphans import lost_runs
from tasks.log.records import Run
from tasks.report.resumed import Resumed, sentence
from tasks.report.task import unheard
from tasks.send.stop import stopping_on_signals

# A run whose webhooks wait for a retry holds nothing but its connection to the log.
RUNS_AT_ONCE = 8

logger = logging.getLogger("hookline.resume")


@flow(name="resume-runs", persist_result=False)
async def resume_runs() -> State[list[Resumed]]:
    """Go on with every run whose processes died, until everyone is accounted for.

    A run that somebody sends, or that was stopped, is left alone. Waiting webhooks keep their due
    times and their attempts; what was in the air is sent again, or held, as the campaign says. The
    flow runs that died with their processes become Crashed.

    Requires, where this flow runs, the delivery log (HOOKLINE_LOG), the snapshots of the runs, and
    the files, blocks and ${NAME} variables of their campaigns. A run that lacks one is told, and
    does not stop the others.
    """
    try:
        log = Settings().delivery_log.open()
    except AuthorMistake as mistake:
        return refused(mistake)
    crashed = 0
    # What is not told in time is found again the next time.
    async with unheard("crashed flow runs"):
        crashed = await mark_crashed(log, by=f"flow run {flow_run.name}")
    places = asyncio.Semaphore(RUNS_AT_ONCE)
    lost = await asyncio.to_thread(lost_runs, log)
    # Who is told to stop does not begin with those that still wait for a place.
    with stopping_on_signals(lambda: None):
        resumed = await asyncio.gather(*(_resume(run, places) for run in lost))
    told = sentence(resumed, crashed=crashed)
    ended = Completed if all(one.finished for one in resumed) else Failed
    return ended(message=told, data=resumed)


async def _resume(run: Run, places: asyncio.Semaphore) -> Resumed:
    """Go on with one run; whatever keeps it from being finished is told."""
    async with places:
        try:
            choice, users, events = choice_again(run)
            state: State[Any] = await send_campaign(
                choice,
                run_key=run.run_key,
                users=users,
                if_unfinished="resume",
                events=events,
                return_state=True,
            )
        except AuthorMistake as mistake:
            return Resumed(run.run_key, False, str(mistake))
        except Exception as error:
            # A fault of ours in one run must not keep the others from being sent.
            logger.exception("The run %s could not be gone on with", run.run_key)
            return Resumed(run.run_key, False, type(error).__name__)
    return Resumed(run.run_key, state.is_completed(), state.message or "")
