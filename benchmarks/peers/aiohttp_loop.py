"""The ceiling: a bare aiohttp loop that posts prepared bytes and does nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.campaign import HEADERS, select, webhook_id
from benchmarks.peers.obey import Answer, obey
from benchmarks.peers.script import Templates, each

Prepared = tuple[dict[str, str], bytes]


def run(*, table: str, url: str, at_once: int) -> Answer:
    """Post every user's request; the clock runs while they are posted."""
    templates = Templates()
    prepared = [
        ({**HEADERS, "webhook-id": webhook_id(user["user_id"])}, templates.body(user))
        for user in select(Path(table))
    ]
    return {"seconds": uvloop.run(_post(prepared, url, at_once)), "sent": len(prepared)}


async def _post(prepared: list[Prepared], url: str, at_once: int) -> float:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
    ) as session:

        async def post(one: Prepared) -> None:
            headers, body = one
            async with session.post(url, data=body, headers=headers) as response:
                await response.read()
                response.raise_for_status()

        began = time.perf_counter()
        await each(prepared, post, at_once=at_once)
        return time.perf_counter() - began


if __name__ == "__main__":
    obey(run)
