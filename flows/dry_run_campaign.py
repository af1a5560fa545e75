"""Dry-run a campaign: render everybody in its audience, send nothing, and show what came of it."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.body_schema import load_schema
from blocks.campaign import slug
from blocks.choice import CampaignChoice, choose
from blocks.mistake import AuthorMistake
from blocks.settings import Settings
from flows.sending import refused
from tasks.check.body_schema import BodyCheck, body_check
from tasks.check.dry_run import DryRun, dry_run
from tasks.check.dry_run_markdown import markdown
from tasks.check.prepared import Prepared, prepare
from tasks.send.linked_now import fetching


@flow(name="dry-run-campaign", persist_result=False)
async def dry_run_campaign(
    campaign: CampaignChoice,
    users: str = "",
    events: str = "",
    sample: int = 3,
    body_schema: str = "",
    linked: bool = False,
) -> State[DryRun]:
    """Render everybody in a campaign's audience: who would get a request, who none, and why.

    Requires, where this flow runs, the user table and the variables that the campaign names as
    ${NAME}. Nothing is sent, and nothing enters the delivery log.

    Args:
        campaign: Composed here, a campaign file, or a saved block.
        users: Another source of the user table; empty for the campaign's own.
        events: Another source of the event table; empty for the campaign's own.
        sample: How many requests to show as curl commands, with their secrets masked.
        body_schema: File with a JSON Schema that every body is checked against; empty for none.
        linked: Whether to fetch linked data as a send would; else their defaults are shown.
    """
    try:
        chosen = choose(campaign, users=users, events=events, environ=os.environ)
        check = await asyncio.to_thread(_check, body_schema)
        prepared = prepare(
            chosen.campaign,
            environ=chosen.environ,
            now=datetime.now(UTC),
            log=Settings().delivery_log_if_there,
        )
        told = await asyncio.to_thread(_dry_run, prepared, sample, check, linked)
    except AuthorMistake as mistake:
        return refused(mistake)
    key = f"{slug(told.campaign)}-dry-run"
    await acreate_markdown_artifact(markdown=markdown(told), key=key, description=told.sentence)
    await acreate_table_artifact(
        table=[
            {"reason": reason, "recipients": count} for reason, count in told.suppressed.items()
        ],
        key=f"{key}-suppressed",
        description="Who would get no request, and why",
    )
    return Completed(message=told.sentence, data=told)


def _dry_run(prepared: Prepared, sample: int, check: BodyCheck | None, linked: bool) -> DryRun:
    if not linked or prepared.message.linked is None:
        return dry_run(prepared, sample=sample, check=check)
    with fetching(prepared.message) as fetched:
        return dry_run(prepared, sample=sample, check=check, fetched=fetched)


def _check(file: str) -> BodyCheck | None:
    return body_check(load_schema(file)) if file else None
