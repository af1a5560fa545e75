"""Resend what failed: the same run and webhook-ids, a new round of attempts."""

from __future__ import annotations

import time

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.mistake import AuthorMistake
from flows.sending import refused, send_run
from tasks.log.reopen import NotReopened
from tasks.log.reopen import resend_failed as owe_failed_again
from tasks.report.read import read_report
from tasks.report.report import Report
from tasks.schedule.earlier import earlier_occurrence
from tasks.send.opened import working


@flow(name="resend-failed", persist_result=False)
async def resend_failed(run_key: str, users: str = "") -> State[Report]:
    """Send the failed webhooks of a finished run again, with the same webhook-ids.

    Requires, where this flow runs, the delivery log (HOOKLINE_LOG), the run's snapshot beside it,
    and what the campaign was sent with: its file or block, its ${NAME} variables, its user table.

    Args:
        run_key: Name of the run.
        users: The run's source of users, if it holds a password; empty otherwise.
    """
    try:
        occurrence, run = earlier_occurrence(run_key, users)
        log = occurrence.log.open()
        with working(log) as owner:
            if owe_failed_again(log, run_id=run.id, now=time.time()):
                return await send_run(occurrence, run, owner)
    except (AuthorMistake, NotReopened) as mistake:
        return refused(mistake)
    report = read_report(log, run_key=run_key, now=time.time())
    return Completed(message="nothing failed, so nothing was sent", data=report)
