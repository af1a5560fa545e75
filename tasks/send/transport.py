"""Open the one HTTP client of a process and make one exchange with a receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from tasks.render.request import Request
from tasks.send import retry_after
from tasks.send.decision import Answered, Broken
from tasks.send.resolver import Resolver

# Below the five seconds after which common servers close an idle connection, so that a request
# is seldom written to a connection that the receiver is closing.
KEEP_ALIVE_SECONDS = 4.0
CONNECT_SECONDS = 10.0
READ_AT_MOST = 65_536
DETAIL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt as it went: its result, and when it began and ended in epoch seconds."""

    result: Answered | Broken
    started_at: float
    ended_at: float


@asynccontextmanager
async def open_transport() -> AsyncIterator[httpx.AsyncBaseTransport]:
    """Open the HTTP transport of this process: keep-alive, no cookies, no redirects.

    The slots bound how many requests are in the air, so the pool itself has no limit. httpx's own
    pool slows down with concurrency, hence aiohttp below httpx's interface.
    """
    resolver = Resolver()
    connector = aiohttp.TCPConnector(
        limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS, resolver=resolver
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept-Encoding", "User-Agent", "Content-Type"),
        auto_decompress=False,
    )
    # aiohttp sends idempotent methods again by itself when a kept connection breaks; such a
    # request would be an attempt that nobody counted.
    session._retry_connection = False
    try:
        yield AiohttpTransport(client=_ExactUrls(session))
    finally:
        await session.close()
        await resolver.close()


class _ExactUrls:
    """A session that requests URLs as they were rendered; aiohttp would decode what it can."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    def __call__(self) -> Any:
        """Return itself: the transport asks for a session before each request."""
        return self

    def request(self, *, url: str, **rest: Any) -> Any:
        """Begin a request."""
        return self._session.request(url=URL(url, encoded=True), **rest)


async def exchange(
    transport: httpx.AsyncBaseTransport,
    request: Request,
    *,
    timeout: float,
    clock: Callable[[], float],
    mask: Callable[[str], str],
) -> Exchange:
    """Send one request and read its answer within `timeout` seconds; never raise for a receiver.

    `mask` hides secrets in the part of the answer that is kept.
    """
    started_at = clock()
    deadline = asyncio.get_running_loop().time() + timeout
    try:
        async with asyncio.timeout_at(deadline):
            response = await transport.handle_async_request(_as_httpx(request, timeout))
        result: Answered | Broken = await _answered(response, deadline, clock, mask)
    except TimeoutError:
        result = Broken("read timeout", maybe_received=True)
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
        result = broken(error)
    return Exchange(result, started_at, clock())


async def _answered(
    response: httpx.Response,
    deadline: float,
    clock: Callable[[], float],
    mask: Callable[[str], str],
) -> Answered:
    asked = retry_after.seconds(response.headers.get("retry-after"), now=clock())
    body = await _beginning(response, deadline)
    detail = None if 200 <= response.status_code < 300 else _excerpt(body, mask)
    return Answered(response.status_code, retry_after=asked, detail=detail)


def _as_httpx(request: Request, timeout: float) -> httpx.Request:
    headers = list(request.headers)
    if request.authorization:
        headers.append(("authorization", request.authorization))
    # A shade below the whole, so that a host that never accepts is told as that.
    connect = min(CONNECT_SECONDS, 0.9 * timeout)
    return httpx.Request(
        request.method,
        request.url,
        headers=headers,
        content=request.body or None,
        extensions={"timeout": {"connect": connect}},
    )


async def _beginning(response: httpx.Response, deadline: float) -> bytes:
    """Read the answer's body until `deadline` (loop time), at most the part worth reading.

    The status is the receiver's answer already: a body that breaks off changes nothing about it,
    and what is not read closes the connection.
    """
    body = b""
    try:
        async with asyncio.timeout_at(deadline):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= READ_AT_MOST:
                    break
    except (TimeoutError, httpx.HTTPError, aiohttp.ClientError, OSError):
        pass
    finally:
        await response.aclose()
    return body


def _excerpt(body: bytes, mask: Callable[[str], str]) -> str | None:
    """Return the start of an answer's body as one line of text, secrets hidden."""
    text = " ".join(mask(body.decode("utf-8", "replace").replace("\x00", "")).split())
    return text[:DETAIL_CHARACTERS] or None


def broken(error: BaseException) -> Broken:
    """Name what broke, in words that can be counted, and tell whether the request may have arrived.

    The transport wraps the error that happened; the cause tells more than its wrapping.
    """
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return Broken("host not found", maybe_received=False)
    if isinstance(cause, (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)):
        return Broken("TLS failed", maybe_received=False)
    if isinstance(cause, (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout)):
        return Broken("connect timeout", maybe_received=False)
    if isinstance(cause, (aiohttp.ClientConnectorError, httpx.ConnectError)):
        refused = isinstance(getattr(cause, "os_error", None), ConnectionRefusedError)
        return Broken("connection refused" if refused else "connect failed", maybe_received=False)
    if isinstance(cause, (aiohttp.InvalidURL, httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return Broken("URL not usable", maybe_received=False)
    if isinstance(cause, (TimeoutError, httpx.TimeoutException)):
        return Broken("read timeout", maybe_received=True)
    # What remains of these broke on a connection that stood.
    if isinstance(cause, (aiohttp.ClientConnectionError, ConnectionError)):
        return Broken("connection closed", maybe_received=True)
    return Broken(f"protocol error ({type(cause).__name__})", maybe_received=True)
