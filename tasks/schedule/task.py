"""Tell which occurrence of a campaign the current flow run is."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from prefect.context import FlowRunContext

from blocks.campaign import Campaign
from blocks.choice import Chosen, choose
from blocks.saved import SavedCampaign
from blocks.settings import Settings
from tasks.check.earlier import check_snapshot
from tasks.check.occurrence import Occurrence
from tasks.check.prepared import Prepared, prepare, prepare_frozen
from tasks.log import runs
from tasks.log.occurrence import IfUnfinished, run_key_for
from tasks.log.records import Run
from tasks.schedule.run_key import key_at, key_of_flow_run


def occurrence_here(
    campaign: Campaign | str | SavedCampaign,
    run_key: str,
    users: str,
    if_unfinished: IfUnfinished,
    events: str = "",
) -> Occurrence:
    """Return what the current flow run is to send: campaign, run key and log.

    A run that exists keeps its start instant, so that its templates see the same `now`. Raises
    AuthorMistake with all that is wrong with the campaign.
    """
    chosen = choose(campaign, users=users, events=events, environ=os.environ)
    log = Settings().delivery_log
    name, now = chosen.campaign.name, time.time()
    key = run_key_for(
        log.open(),
        campaign=name,
        given=run_key,
        fresh=fresh_key(name, now),
        if_unfinished=if_unfinished,
    )
    existing = runs.find_run(log.open(), run_key=key)
    return Occurrence(_prepared(chosen, existing, now=now), key, log, chosen.source)


def _prepared(chosen: Chosen, existing: Run | None, *, now: float) -> Prepared:
    started = datetime.fromtimestamp(existing.started_at if existing else now, UTC)
    given: dict[str, Any] = {"environ": chosen.environ, "now": started}
    if existing is None or existing.planned_at is None:
        return prepare(chosen.campaign, **given, log=Settings().delivery_log)
    check_snapshot(existing)
    return prepare_frozen(chosen.campaign, **given, seen=existing.columns)


def fresh_key(campaign: str, now: float) -> str:
    """Return the key of a new run: by schedule, by flow run if launched in the UI, or by start."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        return key_at(campaign, now)
    if run.auto_scheduled and run.expected_start_time:
        return key_at(campaign, run.expected_start_time.timestamp())
    return key_of_flow_run(campaign, str(run.id))
