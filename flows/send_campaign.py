"""Send a campaign: select its audience, render and send one webhook each, account for everyone."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.choice import CampaignChoice
from blocks.mistake import AuthorMistake
from flows.sending import refused, send_run
from tasks.log.occurrence import IfUnfinished
from tasks.report.report import Report
from tasks.schedule.task import occurrence_here
from tasks.segment.task import select_audience
from tasks.send.opened import working


@flow(name="send-campaign", persist_result=False)
async def send_campaign(
    campaign: CampaignChoice,
    run_key: str = "",
    users: str = "",
    if_unfinished: IfUnfinished = "refuse",
) -> State[Report]:
    """Send a campaign's webhooks to the users its segment selects.

    Requires, where this flow runs, the user table, the variables that the campaign names as
    ${NAME}, and the delivery log (HOOKLINE_LOG).

    Args:
        campaign: Composed here, a campaign file, or a saved block.
        run_key: Name of the run. An unfinished run of this name is resumed; empty makes a name.
        users: Another source of the user table; empty for the campaign's own.
        if_unfinished: What to do when the campaign has a run that is not finished.
    """
    try:
        occurrence = occurrence_here(campaign, run_key, users, if_unfinished)
        with working(occurrence.log.open()) as owner:
            run = await (await select_audience(occurrence, owner)).aresult()
            return await send_run(occurrence, run, owner)
    except AuthorMistake as mistake:
        return refused(mistake)
