"""Ask services for linked data over the transport that sends, each URL once a cache time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import httpx

from tasks.render.linked import Asked
from tasks.send.linked_cache import LinkedCache

logger = logging.getLogger("hookline.linked")

# How many requests to services are in the air at once, for all sources together.
CONCURRENCY = 50
LARGEST_BYTES = 1024 * 1024
# Seconds before the second and the third attempt.
RETRY_DELAYS = (0.5, 2.0)
# A service that failed is left alone for this long, or for its cache time if that is shorter.
FAILED_SECONDS = 30.0

_AGAIN = frozenset({408, 425, 429})


class NoAnswer(Exception):
    """A service gave no JSON: why, and whether asking again may help."""

    def __init__(self, reason: str, again: bool) -> None:
        """Keep the reason, which tells nothing of the URL."""
        super().__init__(reason, again)
        self.reason = reason
        self.again = again


class LinkedFetcher:
    """Fetches answers for all batches of a process; what is being fetched is waited for."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        clock: Callable[[], float],
        delays: Sequence[float] = RETRY_DELAYS,
        cache: LinkedCache | None = None,
    ) -> None:
        """Use a process's transport and a clock of seconds; `delays` are those of the retries."""
        self.failures: Counter[tuple[str, str]] = Counter()  # answers missed, by source and reason
        self.requests = 0
        self._transport = transport
        self._clock = clock
        self._delays = tuple(delays)
        self._cache = LinkedCache() if cache is None else cache
        self._fetching: dict[str, asyncio.Task[Any]] = {}
        self._places = asyncio.Semaphore(CONCURRENCY)

    async def fetch(self, asked: Sequence[Asked]) -> dict[str, Any]:
        """Return the answers by their keys as plain values, None where there is none."""
        tasks = {one.key: self._task(one) for one in asked}
        return {key: await asyncio.shield(task) for key, task in tasks.items()}

    async def aclose(self) -> None:
        """Give up what is being fetched."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _task(self, one: Asked) -> asyncio.Task[Any]:
        if one.key not in self._fetching:
            task = asyncio.ensure_future(self._answer(one))
            self._fetching[one.key] = task
            task.add_done_callback(lambda _: self._fetching.pop(one.key, None))
        return self._fetching[one.key]

    async def _answer(self, one: Asked) -> Any:
        kept = self._cache.find(one.key, now=self._clock())
        if kept is not None:
            return kept.value
        try:
            value, size = await self._asked_with_retries(one)
            seconds = one.source.cache_seconds
        except NoAnswer as refusal:
            value, size = None, 0
            seconds = min(one.source.cache_seconds, FAILED_SECONDS)
            self._note(one.source.name, refusal.reason)
        if seconds:
            self._cache.keep(one.key, value, until=self._clock() + seconds, size=size)
        return value

    def _note(self, source: str, reason: str) -> None:
        self.failures[source, reason] += 1
        if self.failures[source, reason] == 1:
            logger.warning("linkedData.%s: %s, so it is null or its default", source, reason)

    async def _asked_with_retries(self, one: Asked) -> tuple[Any, int]:
        for delay in self._delays:
            try:
                return await self._asked_once(one)
            except NoAnswer as refusal:
                if not refusal.again:
                    raise
            await asyncio.sleep(delay)
        return await self._asked_once(one)

    async def _asked_once(self, one: Asked) -> tuple[Any, int]:
        async with self._places:
            self.requests += 1
            try:
                async with asyncio.timeout(one.source.timeout):
                    body = await self._body(one)
            except (TimeoutError, httpx.TimeoutException):
                raise NoAnswer("no answer in time", again=True) from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise NoAnswer(f"no answer ({type(error).__name__})", again=True) from None
        return parsed(body), len(body)

    async def _body(self, one: Asked) -> bytes:
        headers = list(one.source.headers)
        if one.source.method == "POST":
            headers.append(("Content-Length", "0"))
        request = httpx.Request(
            one.source.method,
            one.url,
            headers=headers,
            extensions={"timeout": {"connect": one.source.timeout, "read": one.source.timeout}},
        )
        response = await self._transport.handle_async_request(request)
        try:
            status = response.status_code
            if not 200 <= status < 300:
                raise NoAnswer(f"HTTP {status}", again=status >= 500 or status in _AGAIN)
            return await _whole(response)
        finally:
            await response.aclose()


def parsed(body: bytes) -> Any:
    """Return an answer as plain values. Raises NoAnswer for what is not JSON."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NoAnswer("its answer is not JSON", again=True) from None


async def _whole(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for chunk in response.stream:  # type: ignore[union-attr] # an asynchronous one
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_BYTES:
            raise NoAnswer(f"its answer is larger than {LARGEST_BYTES:,} bytes", again=False)
    return b"".join(parts)


def _refuse(_: str) -> NoReturn:
    raise ValueError
