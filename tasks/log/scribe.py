"""Write to the delivery log for many coroutines at once, in few commits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from tasks.log.records import Settled

logger = logging.getLogger("hookline.log")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

# Between two commits, where one follows the other: a commit costs a thousand times what one more
# row in it does, and a place in the air is held until the commit.
GATHER_SECONDS = 0.004

Work = Callable[[Connection], Any]
Asked = tuple[Work, "asyncio.Future[Any]"]
Ended = TypeVar("Ended")
# What the database says of a fault in the statement rather than of trouble that passes.
FAULTS = ("no such", "near ", "too many", "table ")


@dataclass(slots=True)
class Scribe(Generic[Ended]):
    """One writer thread and its queue; whatever waits while a commit runs goes into the next one.

    If the log cannot be written, the work is kept and tried again until it can: an answer that
    came is never dropped, and nothing new begins meanwhile, since beginning is such work too.

    All that ended until a commit is written by one `settle`; then `landed` is told what that was,
    and the error if the database refused it for good. Shortly before, `landing` is told, so that
    what follows from it is asked for in time to go into the same commit.
    """

    engine: Engine
    settle: Callable[[Connection, list[Settled]], Any]
    landing: Callable[[list[Ended]], None]
    landed: Callable[[list[Ended], Exception | None], None]
    commits: int = 0
    _waiting: list[tuple[Work, asyncio.Future[Any]]] = field(default_factory=list)
    _ended: list[tuple[Settled, Ended]] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None
    _written_at: float = 0.0
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="hookline-log")
    )

    async def write(self, work: Work) -> Any:
        """Run `work(connection)` in the next commit and return its result once it is committed.

        Work that the database refuses for good raises what the database said.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        self._wake()
        # The commit goes on when the one who asked is cancelled: it may be about others too.
        return await asyncio.shield(future)

    def end(self, settled: Settled, ended: Ended) -> None:
        """Write in the next commit how an attempt ended, and tell `landed` of `ended` then."""
        self._ended.append((settled, ended))
        self._wake()

    async def written(self) -> None:
        """Wait until nothing waits to be committed."""
        while self._writer is not None:
            await asyncio.wait([self._writer])

    async def close(self) -> None:
        """Commit what waits and end the thread."""
        await self.written()
        self._thread.shutdown()

    def _wake(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting or self._ended:
                told = len(self._ended)
                self.landing([one for _, one in self._ended])
                # The first one is written at once; where many come, each commit takes more.
                await asyncio.sleep(self._written_at + GATHER_SECONDS - loop.time())
                works, self._waiting = self._waiting, []
                ended, self._ended = self._ended, []
                self.landing([one for _, one in ended[told:]])
                await self._write_until_written(works, ended)
                self._written_at = loop.time()
        finally:
            self._writer = None

    async def _write_until_written(self, works: list[Asked], ended: list[Any]) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            try:
                results = await loop.run_in_executor(
                    self._thread, self._commit, [w for w, _ in works], [s for s, _ in ended]
                )
            except DBAPIError as error:
                if not _may_pass(error):
                    return await self._write_one_by_one(works, ended, error)
                logger.warning("The delivery log cannot be written, trying again: %s", error.orig)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception as error:
                return await self._write_one_by_one(works, ended, error)
            else:
                self.commits += 1
                self.landed([one for _, one in ended], None)
                for (_, future), result in zip(works, results, strict=True):
                    if not future.done():
                        future.set_result(result)
                return None

    async def _write_one_by_one(
        self, works: list[Asked], ended: list[Any], error: Exception
    ) -> None:
        """Refuse only the work that is at fault; an answer that shared its commit is kept."""
        if len(works) + len(ended) == 1:
            for _, future in works:
                if not future.done():
                    future.set_exception(error)
            self.landed([one for _, one in ended], error)
            return
        for one in ended:
            await self._write_until_written([], [one])
        for work in works:
            await self._write_until_written([work], [])

    def _commit(self, works: list[Work], settled: list[Settled]) -> list[Any]:
        with self.engine.begin() as connection:
            if settled:
                self.settle(connection, settled)
            return [work(connection) for work in works]


def _may_pass(error: DBAPIError) -> bool:
    """Tell trouble of the database, which passes, from a fault in what was asked of it."""
    if str(error.orig).startswith(FAULTS):
        return False
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
