"""Write to the delivery log for many coroutines at once, in few commits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from tasks.log.records import Settled

logger = logging.getLogger("hookline.log")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

Work = Callable[[Connection], Any]
# What the database says of a fault in the statement rather than of trouble that passes.
FAULTS = ("no such", "near ", "too many", "table ")


@dataclass(slots=True)
class Scribe:
    """One writer thread and its queue; whatever waits while a commit runs goes into the next one.

    If the log cannot be written, the work is kept and tried again until it can: an answer that
    came is never dropped, and nothing new begins meanwhile, since beginning is such work too.
    """

    engine: Engine
    settle: Callable[[Connection, list[Settled]], Any]
    commits: int = 0
    _waiting: list[tuple[Work | Settled, asyncio.Future[Any]]] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="hookline-log")
    )

    async def write(self, work: Work) -> Any:
        """Run `work(connection)` in the next commit and return its result once it is committed.

        Work that the database refuses for good raises what the database said.
        """
        return await self._next_commit(work)

    async def write_settled(self, settled: Settled) -> None:
        """Write how an attempt ended; all that one commit takes are written by one `settle`."""
        await self._next_commit(settled)

    async def _next_commit(self, work: Work | Settled) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        # The commit goes on when the one who asked is cancelled: it may be about others too.
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Commit what waits and end the thread."""
        while self._writer is not None:
            await asyncio.wait([self._writer])
        self._thread.shutdown()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                await self._write_until_written(taken)
        finally:
            self._writer = None

    async def _write_until_written(
        self, taken: list[tuple[Work | Settled, asyncio.Future[Any]]]
    ) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            try:
                results = await loop.run_in_executor(
                    self._thread, self._commit, [w for w, _ in taken]
                )
            except DBAPIError as error:
                if not _may_pass(error):
                    return await self._write_one_by_one(taken, error)
                logger.warning("The delivery log cannot be written, trying again: %s", error.orig)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception as error:
                return await self._write_one_by_one(taken, error)
            else:
                self.commits += 1
                for (_, future), result in zip(taken, results, strict=True):
                    if not future.done():
                        future.set_result(result)
                return None

    async def _write_one_by_one(
        self, taken: list[tuple[Work | Settled, asyncio.Future[Any]]], error: Exception
    ) -> None:
        """Refuse only the work that is at fault; an answer that shared its commit is kept."""
        if len(taken) == 1:
            future = taken[0][1]
            if not future.done():
                future.set_exception(error)
            return
        for one in taken:
            await self._write_until_written([one])

    def _commit(self, works: list[Work | Settled]) -> list[Any]:
        settled = [work for work in works if isinstance(work, Settled)]
        with self.engine.begin() as connection:
            if settled:
                self.settle(connection, settled)
            return [None if isinstance(work, Settled) else work(connection) for work in works]


def _may_pass(error: DBAPIError) -> bool:
    """Tell trouble of the database, which passes, from a fault in what was asked of it."""
    if str(error.orig).startswith(FAULTS):
        return False
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
