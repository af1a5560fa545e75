"""The process's HTTP client: pyreqwest behind httpx's transport interface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, PyreqwestError, RequestTimeoutError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

# Below the five seconds after which common servers close an idle connection, so that a request
# is seldom written to a connection that the receiver is closing.
KEEP_ALIVE = timedelta(seconds=4)

# The words in which hyper and rustls tell what broke, outermost first (pyreqwest 0.15).
_CONNECTING = "client error (Connect)"
_NO_NAME = "dns error"
_NO_TCP = "tcp connect error"
_TIMED_OUT = "timed out"
_RAISED = (PyreqwestError, ValueError)


class HostNotFound(httpx.ConnectError):
    """The host's name has no address."""


class ConnectionRefused(httpx.ConnectError):
    """Nobody listens at the address."""


class TLSFailed(httpx.ConnectError):
    """The receiver does not speak TLS, or its certificate is not to be trusted."""


class ExactRequest(httpx.Request):
    """An httpx request that is sent as it was rendered, and parsed only if somebody asks.

    httpx parses URL and headers of every request it is given, which took half of what sending one
    costs altogether.
    """

    def __init__(
        self, method: str, url: str, headers: list[tuple[str, str]], content: bytes
    ) -> None:
        """Take method, URL, headers and body as they are."""
        self.method = method
        self.exact_url = url
        self.exact_headers = headers
        self.exact_content = content
        self.extensions = {}

    @property
    def url(self) -> httpx.URL:  # type: ignore[override] # an attribute in httpx
        """Return the URL as httpx has it."""
        return httpx.URL(self.exact_url)

    @property
    def headers(self) -> httpx.Headers:  # type: ignore[override] # an attribute in httpx
        """Return the headers as httpx has them."""
        return httpx.Headers(self.exact_headers)

    @property
    def stream(self) -> httpx.AsyncByteStream:  # type: ignore[override] # an attribute in httpx
        """Return the body as httpx streams it."""
        return httpx.ByteStream(self.exact_content)


class FastTransport(httpx.AsyncBaseTransport):
    """An httpx transport of one client: keep-alive, no cookies, redirects or repetition of its own.

    httpx's own pool slows down with concurrency, and aiohttp below httpx's interface took five
    times the processor time of this one. Who has to check the address before it is dialled gives
    the checked ones to a client of their own (`ClientBuilder.resolve`).
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer with the body still to be read.

        What httpx calls the read time-out holds for the whole exchange here. Raises httpx's
        exceptions.
        """
        try:
            streamed = self._built(
                request.method, str(request.url), request.headers.multi_items(),
                await request.aread(), request.extensions.get("timeout", {}).get("read"),
            )  # fmt: skip
            answer = await streamed.__aenter__()
        except _RAISED as error:
            raise _as_httpx(error, request) from error
        headers = list(answer.headers.items())
        return httpx.Response(answer.status, headers=headers, stream=_Body(streamed, answer))

    async def exchange(
        self, request: ExactRequest, *, timeout: float, read_at_most: int
    ) -> ExactResponse:
        """Send a request; return its answer and the start of its body within `timeout` seconds.

        The status is the receiver's answer already: a body that breaks off, or takes too long,
        changes nothing about it, and what is not read closes the connection. Raises httpx's
        exceptions.
        """
        try:
            streamed = self._built(
                request.method, request.exact_url, request.exact_headers, request.exact_content,
                timeout,
            )  # fmt: skip
            answer = await streamed.__aenter__()
        except _RAISED as error:
            raise _as_httpx(error, request) from error
        content, whole = await _start(answer, read_at_most)
        # One that was read to its end needs no closing, which would cost a change of threads.
        if not whole:
            await streamed.__aexit__(None, None, None)
        return ExactResponse(answer, content)

    def _built(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str]],
        content: bytes,
        seconds: float | None,
    ) -> StreamRequest:
        built = self._client.request(method, url).headers(headers)
        if content:
            built = built.body_bytes(content)
        if seconds:
            built = built.timeout(_lasting(seconds))
        # Nothing is read ahead: an answer is one even if its body never comes.
        return built.streamed_read_buffer_limit(0).build_streamed()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, chunk by chunk."""

    def __init__(self, streamed: StreamRequest, answer: Response) -> None:
        self._streamed = streamed
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        reader = self._answer.body_reader
        try:
            while (chunk := await reader.read_chunk()) is not None:
                yield bytes(chunk)
        except RequestTimeoutError as error:
            raise httpx.ReadTimeout(error.message) from error
        except PyreqwestError as error:
            raise httpx.ReadError(error.message) from error

    async def aclose(self) -> None:
        await self._streamed.__aexit__(None, None, None)


class ExactResponse(httpx.Response):
    """An httpx response whose body was read as far as it is kept, and of which no more is built."""

    def __init__(self, answer: Response, content: bytes) -> None:
        """Take an answer and what was read of its body."""
        self.status_code = answer.status
        self._answer = answer
        self._content = content
        self.is_closed = self.is_stream_consumed = True
        self.extensions = {}
        self.history = []

    @property
    def headers(self) -> httpx.Headers:  # type: ignore[override] # an attribute in httpx
        """Return the answer's headers; raises ValueError for one that is no text."""
        return httpx.Headers(list(self._answer.headers.items()))


@asynccontextmanager
async def open_client(*, connect_seconds: float) -> AsyncIterator[FastTransport]:
    """Open the HTTP transport of this process; the slots bound how many requests are in the air."""
    client = (
        ClientBuilder()
        .gzip(False).brotli(False).zstd(False).deflate(False)
        .follow_redirects(False).referer(False).default_cookie_store(False).no_proxy()
        .connect_timeout(timedelta(seconds=connect_seconds))
        .pool_idle_timeout(KEEP_ALIVE)
        .build()
    )  # fmt: skip
    transport = FastTransport(client)
    try:
        yield transport
    finally:
        await transport.aclose()


async def _start(answer: Response, at_most: int) -> tuple[bytes, bool]:
    """Return the start of an answer's body, and whether that is all of it."""
    content = b""
    try:
        if 200 <= answer.status < 300:
            # Nobody looks at it: in one go, so that the connection can be used again.
            content = bytes(await answer.body_reader.read(at_most) or b"")
            return content, len(content) < at_most
        while len(content) < at_most:
            chunk = await answer.body_reader.read_chunk()
            if chunk is None:
                return content, True
            content += bytes(chunk)
    except PyreqwestError:
        pass
    return content, False


@lru_cache(maxsize=64)
def _lasting(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _as_httpx(error: Exception, request: httpx.Request) -> httpx.RequestError:
    if isinstance(error, (ValueError, BuilderError)):
        return httpx.UnsupportedProtocol(str(error), request=request)
    told = list(_causes(getattr(error, "details", None)))
    text = "; ".join(told)
    if _CONNECTING in told:
        return _not_connected(told, text, request)
    if isinstance(error, RequestTimeoutError):
        return httpx.ReadTimeout(text, request=request)
    # A receiver that speaks first, or another language, did not close the connection.
    if "connection" in text and "invalid" not in text and "unexpected" not in text:
        return httpx.ReadError(text, request=request)
    return httpx.RemoteProtocolError(text, request=request)


def _not_connected(told: list[str], text: str, request: httpx.Request) -> httpx.RequestError:
    if _NO_NAME in told:
        return HostNotFound(text, request=request)
    if "refused" in text:
        return ConnectionRefused(text, request=request)
    if _TIMED_OUT in text:
        return httpx.ConnectTimeout(text, request=request)
    secure = request.url.scheme == "https"
    kind = TLSFailed if secure and _NO_TCP not in told else httpx.ConnectError
    return kind(text, request=request)


def _causes(details: Any) -> Iterable[str]:
    for cause in (details or {}).get("causes") or []:
        yield cause["message"]
