"""Resend what failed: the same run and webhook-ids, a new round of attempts."""

from __future__ import annotations

import time

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from flows.owner import choice_again, entered
from flows.sending import refused, send_run
from flows.workers import Workers, other_senders
from tasks.check.earlier import earlier_run, reopen
from tasks.report.read import read_report
from tasks.report.report import Report
from tasks.schedule.task import occurrence_here


@flow(name="resend-failed", persist_result=False)
async def resend_failed(
    run_key: str, users: str = "", workers: Workers = 0, cluster: str = "", events: str = ""
) -> State[Report]:
    """Send the failed webhooks of a finished run again, with the same webhook-ids.

    Requires, where this flow runs, the delivery log (HOOKLINE_LOG), the run's snapshot beside it,
    and what the campaign was sent with: its file or block, its ${NAME} variables, its user table.

    Args:
        run_key: Name of the run.
        users: The run's source of users, if it holds a password; empty otherwise.
        workers: Processes that send: this one, and workers of a Dask cluster beside it. 0 takes
            as many as pay for what failed on this machine's cores, or all of the cluster's.
        cluster: Address of a running Dask cluster, such as tcp://10.0.0.5:8786; empty starts one
            on this machine. Its workers need a delivery log in PostgreSQL.
        events: The run's source of events, if it holds a password; empty otherwise.
    """
    try:
        log = Settings().delivery_log.open()
        earlier = earlier_run(log, run_key=run_key)
        choice, users, events = choice_again(earlier, users=users, events=events)
        occurrence = occurrence_here(choice, run_key, users, "resume", events)
        occurrence.log.check_reach(cluster)
        with entered(occurrence) as owner:
            if reopen(log, occurrence.enter(), now=time.time()):
                async with other_senders(workers, cluster=cluster) as others:
                    return await send_run(occurrence, occurrence.enter(), owner, others)
    except AuthorMistake as mistake:
        return refused(mistake)
    report = read_report(log, run_key=run_key, now=time.time())
    return Completed(message="nothing failed, so nothing was sent", data=report)
