"""Send the demo's campaign with the real flow, and see it recorded by Prefect's server."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect.client.schemas.objects import State
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker

from blocks.settings import Settings
from deployments.command_line.progress import shown_progress
from flows.send_campaign import send_campaign
from tasks.schedule.run_key import key_at

RECORDED_SECONDS = 20.0
"""How long the server may take to record what it was told of task runs."""
FLUSH_SECONDS = 1.2
"""A little longer than the server collects what it was told before it writes it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A run that was sent: its key, its flow run in Prefect, and how that ended."""

    run_key: str
    flow_run_id: UUID | None
    message: str


def send(campaign: Path, *, api_url: str) -> Sent:
    """Send a campaign file as a new run, and wait until Prefect's server has recorded it all."""
    run_key = key_at(campaign.stem, time.time())
    # The whole path is kept in the log: `hookline resend` may be called from another folder.
    with shown_progress(Settings().delivery_log.open(), run_key=run_key):
        state = asyncio.run(_send(str(campaign.absolute()), run_key=run_key))
    flow_run_id = state.state_details.flow_run_id
    asyncio.run(_recorded(flow_run_id, api_url=api_url))
    return Sent(run_key, flow_run_id, state.message or state.name or "")


async def _send(campaign: str, *, run_key: str) -> State[Any]:
    # A name that is found again among those that Prefect makes up.
    named = send_campaign.with_options(flow_run_name=run_key)
    return await named(campaign, run_key=run_key, return_state=True)


async def _recorded(flow_run_id: UUID | None, *, api_url: str) -> None:
    """Wait until the server shows every task run, and each of them ended."""
    # It is told in the background, and the pages of a server that is gone cannot catch up.
    for worker in (EventsWorker, APILogWorker):
        drained = worker.drain_all(at_exit=False)
        if isawaitable(drained):
            await drained
    every = {"flow_runs": {"id": {"any_": [str(flow_run_id)]}}}
    going_on = {"task_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "SCHEDULED"]}}}}
    known, before, deadline = 0, -1, time.monotonic() + RECORDED_SECONDS
    async with httpx.AsyncClient(base_url=api_url, trust_env=False) as client:
        while time.monotonic() < deadline:
            known, unfinished = [
                (await client.post("task_runs/count", json=asked)).json()
                for asked in (every, every | going_on)
            ]
            if known == before and not unfinished:
                return
            before = known
            await asyncio.sleep(FLUSH_SECONDS)
