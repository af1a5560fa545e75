"""Preview a campaign: everything that sending it does, but the sending."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.campaign import slug
from blocks.choice import CampaignChoice, choose
from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from flows.sending import refused
from tasks.check.prepared import prepare
from tasks.check.preview import Preview, preview
from tasks.check.preview_markdown import markdown


@flow(name="preview-campaign", persist_result=False)
async def preview_campaign(
    campaign: CampaignChoice, users: str = "", sample: int = 3, events: str = ""
) -> State[Preview]:
    """Show whom a campaign would reach, some of its requests, and who would be suppressed.

    Requires, where this flow runs, the user table and the variables that the campaign names as
    ${NAME}. Nothing is sent, and nothing enters the delivery log.

    Args:
        campaign: Composed here, a campaign file, or a saved block.
        users: Another source of the user table; empty for the campaign's own.
        events: Another source of the event table; empty for the campaign's own.
        sample: How many requests to show, with their secrets masked.
    """
    try:
        chosen = choose(campaign, users=users, events=events, environ=os.environ)
        now = datetime.now(UTC)
        prepared = prepare(
            chosen.campaign,
            environ=chosen.environ,
            now=now,
            showing=True,
            log=Settings().delivery_log_if_there,
        )
        shown = await asyncio.to_thread(preview, prepared, sample=sample)
    except AuthorMistake as mistake:
        return refused(mistake)
    await acreate_markdown_artifact(
        markdown=markdown(shown),
        key=f"{slug(shown.campaign)}-preview",
        description=shown.sentence,
    )
    return Completed(message=shown.sentence, data=shown)
