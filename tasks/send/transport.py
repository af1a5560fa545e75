"""Make one exchange with a receiver, and tell what became of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import httpx

from tasks.render.request import Request
from tasks.send import retry_after
from tasks.send.client import (
    ConnectionRefused,
    ExactRequest,
    FastTransport,
    HostNotFound,
    TLSFailed,
    open_client,
)
from tasks.send.decision import Answered, Broken

CONNECT_SECONDS = 10.0
READ_AT_MOST = 65_536
DETAIL_CHARACTERS = 200


class Exchange(NamedTuple):
    """One attempt as it went: its result, and when it began and ended in epoch seconds."""

    result: Answered | Broken
    started_at: float
    ended_at: float


def open_transport(*, timeout: float) -> AbstractAsyncContextManager[FastTransport]:
    """Open the HTTP transport of this process, for exchanges of up to `timeout` seconds."""
    # A shade below the whole, so that a host that never accepts is told as that.
    return open_client(connect_seconds=min(CONNECT_SECONDS, 0.9 * timeout))


async def exchange(
    transport: FastTransport,
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
    try:
        response = await transport.exchange(
            _as_httpx(request), timeout=timeout, read_at_most=READ_AT_MOST
        )
    except httpx.HTTPError as error:
        return Exchange(broken(error), started_at, clock())
    ended_at = clock()
    status = response.status_code
    if 200 <= status < 300:
        return Exchange(Answered(status), started_at, ended_at)
    asked = retry_after.seconds(_header(response, "retry-after"), now=ended_at)
    return Exchange(Answered(status, asked, _excerpt(response, mask)), started_at, ended_at)


def _header(response: httpx.Response, name: str) -> str | None:
    """Return a header of an answer; one that cannot be read is as none."""
    try:
        found: str | None = response.headers.get(name)
    except ValueError:
        return None
    return found


def _as_httpx(request: Request) -> ExactRequest:
    headers = list(request.headers)
    if request.authorization:
        headers.append(("authorization", request.authorization))
    if not request.body and request.method in _EXPECT_A_BODY:
        headers.append(("content-length", "0"))
    return ExactRequest(request.method, request.url, headers, request.body)


def _excerpt(response: httpx.Response, mask: Callable[[str], str]) -> str | None:
    """Return the start of an answer's body as one line of text, secrets hidden."""
    body = response.content.decode("utf-8", "replace").replace("\x00", "")
    return " ".join(mask(body).split())[:DETAIL_CHARACTERS] or None


def broken(error: httpx.HTTPError) -> Broken:
    """Name what broke, in words that can be counted, and tell whether the request may have arrived.

    What broke on a connection that stood may have; what kept it from standing has not.
    """
    for kind, told, maybe_received in _BROKEN:
        if isinstance(error, kind):
            return Broken(told, maybe_received)
    return Broken(f"protocol error ({type(error).__name__})", maybe_received=True)


_EXPECT_A_BODY = frozenset({"POST", "PUT", "PATCH"})
_BROKEN: tuple[tuple[type[httpx.HTTPError], str, bool], ...] = (
    (HostNotFound, "host not found", False),
    (TLSFailed, "TLS failed", False),
    (ConnectionRefused, "connection refused", False),
    (httpx.ConnectTimeout, "connect timeout", False),
    (httpx.ConnectError, "connect failed", False),
    (httpx.UnsupportedProtocol, "URL not usable", False),
    (httpx.TimeoutException, "read timeout", True),
    (httpx.NetworkError, "connection closed", True),
)
