"""The script one would write: pandas, Jinja, an httpx.AsyncClient; no log, no retries."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.campaign import HEADERS, select, webhook_id
from benchmarks.peers.obey import Answer, obey
from benchmarks.peers.script import Templates, each


def run(*, table: str, url: str, at_once: int) -> Answer:
    """Select, render and send; all of that is inside the clock."""
    began = time.perf_counter()
    sent = asyncio.run(_send(Path(table), url, at_once))
    return {"seconds": time.perf_counter() - began, "sent": sent}


async def _send(users: Path, url: str, at_once: int) -> int:
    templates, selected = Templates(), select(users)
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def send(user: dict[str, Any]) -> None:
            headers = {**HEADERS, "webhook-id": webhook_id(user["user_id"])}
            response = await client.post(url, content=templates.body(user), headers=headers)
            response.raise_for_status()

        await each(selected, send, at_once=at_once)
    return len(selected)


if __name__ == "__main__":
    obey(run)
