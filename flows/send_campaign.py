"""Send a campaign: select its audience, render and send one webhook each, account for everyone."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.choice import CampaignChoice
from blocks.mistake import AuthorMistake
from flows.owner import entered
from flows.sending import refused, send_run
from flows.workers import Workers, other_senders
from tasks.log.occurrence import IfUnfinished
from tasks.report.report import Report
from tasks.schedule.task import occurrence_here
from tasks.segment.task import select_audience


@flow(name="send-campaign", persist_result=False)
async def send_campaign(
    campaign: CampaignChoice,
    run_key: str = "",
    users: str = "",
    if_unfinished: IfUnfinished = "refuse",
    workers: Workers = 0,
    cluster: str = "",
    events: str = "",
) -> State[Report]:
    """Send a campaign's webhooks to the users its segment selects.

    Requires, where this flow runs, the user table, the variables that the campaign names as
    ${NAME}, and the delivery log (HOOKLINE_LOG).

    Args:
        campaign: Composed here, a campaign file, or a saved block.
        run_key: Name of the run. An unfinished run of this name is resumed; empty makes a name.
        users: Another source of the user table; empty for the campaign's own.
        if_unfinished: What to do when the campaign has a run that is not finished.
        workers: Processes that send: this one, and workers of a Dask cluster beside it. 0 takes
            as many as pay for the audience on this machine's cores, or all of the cluster's.
        cluster: Address of a running Dask cluster, such as tcp://10.0.0.5:8786; empty starts one
            on this machine. Its workers need a delivery log in PostgreSQL.
        events: Another source of the event table; empty for the campaign's own.
    """
    try:
        occurrence = occurrence_here(campaign, run_key, users, if_unfinished, events)
        occurrence.log.check_reach(cluster)
        async with other_senders(workers, cluster=cluster) as others:
            with entered(occurrence) as owner:
                run = await (await select_audience(occurrence, owner)).aresult()
                return await send_run(occurrence, run, owner, others)
    except AuthorMistake as mistake:
        return refused(mistake)
