"""What a sender elsewhere runs in: uvloop, in a process that leaves Ctrl-C to its starter."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


def run_in_loop(start: Callable[[], Awaitable[T]]) -> T:
    """Run what `start` returns to its end, in a loop of its own."""

    async def started() -> T:
        return await start()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(started())


def dask_setup(_worker: Any) -> None:
    """Ignore SIGINT: Dask calls this when it loads the module into a worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
