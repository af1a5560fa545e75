"""The literal shape in Prefect: a `render` and a `send` task run for each user, with retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import araise_state_exception

from benchmarks.campaign import HEADERS, select, webhook_id
from benchmarks.peers.obey import Answer, obey
from benchmarks.peers.script import Templates, each

TEMPLATES = Templates()
RETRIED = {408, 409, 429}
DELAYS = [60.0, 120.0, 240.0, 480.0, 960.0]

Users = list[dict[str, Any]]


def is_retried(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Tell whether a failure is one of those that are documented to be tried again."""
    error = state.data
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return status in RETRIED or status >= httpx.codes.INTERNAL_SERVER_ERROR
    return isinstance(error, httpx.TransportError)


@task(cache_policy=NO_CACHE)
async def render(user: dict[str, Any]) -> bytes:
    """Return the body for a user."""
    return TEMPLATES.body(user)


@task(
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=is_retried,
)
async def send(client: httpx.AsyncClient, url: str, user_id: str, body: bytes) -> None:
    """Post a user's webhook."""
    headers = {**HEADERS, "webhook-id": webhook_id(user_id)}
    (await client.post(url, content=body, headers=headers)).raise_for_status()


@task(cache_policy=NO_CACHE)
def render_mapped(user: dict[str, Any]) -> bytes:
    """Return the body for a user, in a thread."""
    return TEMPLATES.body(user)


@task(
    cache_policy=NO_CACHE,
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=is_retried,
)
def send_mapped(url: str, user_id: str, body: bytes) -> None:
    """Post a user's webhook, in a thread, with a client that all share."""
    headers = {**HEADERS, "webhook-id": webhook_id(user_id)}
    CLIENT.post(url, content=body, headers=headers).raise_for_status()


CLIENT = httpx.Client(trust_env=False)


@flow(name="per-user-gathered", persist_result=False)
async def gathered(table: str, url: str, at_once: int) -> int:
    """Await both tasks of each user, `at_once` users at any time."""
    users = select(Path(table))
    async with httpx.AsyncClient(trust_env=False) as client:

        async def deliver(user: dict[str, Any]) -> None:
            await send(client, url, user["user_id"], await render(user))

        await each(users, deliver, at_once=at_once)
    return len(users)


@flow(name="per-user-mapped", persist_result=False)
async def mapped(table: str, url: str, at_once: int) -> int:
    """Map both tasks over the users, with the default task runner's threads."""
    users = select(Path(table))
    bodies = render_mapped.map(users)
    sent = send_mapped.map(_same(url, users), [user["user_id"] for user in users], bodies)
    for future in sent:
        await asyncio.to_thread(future.wait)
        await araise_state_exception(future.state)
    return len(users)


def _same(value: str, users: Users) -> list[str]:
    return [value] * len(users)


FLOWS: dict[str, Callable[..., Awaitable[int]]] = {"gathered": gathered, "mapped": mapped}


def run(*, table: str, url: str, at_once: int, way: str) -> Answer:
    """Run one of the two flows; the clock runs from its call to its return."""
    began = time.perf_counter()
    sent = asyncio.run(_called(FLOWS[way], table, url, at_once))
    return {"seconds": time.perf_counter() - began, "sent": sent}


async def _called(chosen: Callable[..., Awaitable[int]], *given: Any) -> int:
    return await chosen(*given)


if __name__ == "__main__":
    obey(run)
