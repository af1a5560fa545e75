"""Take what is sent to `/in/<name>`, record it, and do what the script says."""

from __future__ import annotations

import asyncio
import sys
import time
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Scope, Send

from deployments.request_bin import protocol
from deployments.request_bin.faults import (
    CLIENT_LEFT,
    Answer,
    How,
    ScriptedFault,
    answer_to,
    first_match,
)
from deployments.request_bin.record import Bin, Bins, Received, fits_as_name

NO_LENGTH = (204, 304)
NO_BIN = Answer(
    "404",
    404,
    (("content-type", "application/json"),),
    b'{"fault":"send to /in/<name>; a name has letters, digits, _ . - and no .json at its end"}',
)


class Receiver:
    """The ASGI application below `/in`; plain ASGI, because speed matters here."""

    def __init__(self, bins: Bins, *, max_body: int, hang_limit: float) -> None:
        """Record into `bins`, `max_body` bytes a body; hang for `hang_limit` seconds at most."""
        self._bins = bins
        self._max_body = max_body
        self._hang_limit = hang_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record one request and answer it."""
        at, monotonic = time.time(), time.monotonic()
        target = protocol.target(scope)
        name = _bin_name(scope["raw_path"])
        if not fits_as_name(name):
            await _send(NO_BIN, send)
            return
        found = self._bins.of(name)
        body, size = await _read_body(receive, most=self._max_body)
        if body is None:
            found.left_early()
            return
        received = found.add(
            at=at,
            monotonic=monotonic,
            method=sys.intern(scope["method"]),
            target=target,
            headers=scope["headers"],
            body=body,
            size=size,
        )
        fault = self._meets(found, received)
        answer = await self._carry_out(fault, scope, receive, send)
        found.settle(received, answer, monotonic=time.monotonic())
        if answer.label in ("closed", "cut short"):
            await _client_leaves(receive, within=None)

    def _meets(self, found: Bin, received: Received) -> ScriptedFault | None:
        path = received.target.partition(b"?")[0]
        return first_match(
            self._bins.script_of(found),
            key=received.webhook_id or path.decode("latin-1"),
            attempt=received.attempt,
            target=received.target,
            body=received.body,
        )

    async def _carry_out(
        self, fault: ScriptedFault | None, scope: Scope, receive: Receive, send: Send
    ) -> Answer:
        if fault is not None:
            wait = self._hang_limit if fault.how is How.HANG else fault.delay
            if wait and await _client_leaves(receive, within=wait):
                return CLIENT_LEFT
        answer = answer_to(fault, now=time.time())
        if answer.status is None:
            protocol.reset(scope)
        elif fault is not None and fault.how is How.TRUNCATE:
            await _send(answer, send, cut_after=len(answer.body) // 2)
            protocol.cut(scope)
        else:
            await _send(answer, send)
        return answer


async def _read_body(receive: Receive, *, most: int) -> tuple[bytes | None, int]:
    """Return the first `most` bytes and the whole size; None when the client left before."""
    kept, size, more = b"", 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, size
        chunk: bytes = message["body"]
        size += len(chunk)
        if len(kept) < most:
            kept += chunk[: most - len(kept)]
        more = message["more_body"]
    return kept, size


async def _client_leaves(receive: Receive, *, within: float | None) -> bool:
    """Tell whether the client closes the connection within some seconds (None: ever)."""
    try:
        async with asyncio.timeout(within):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _send(answer: Answer, send: Send, *, cut_after: int | None = None) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    if answer.body:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    elif answer.status not in NO_LENGTH:
        headers.append((b"content-length", b"0"))
    body = answer.body[:cut_after]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": cut_after is not None})


def _bin_name(raw_path: bytes) -> str:
    # /in/<name>/...: what follows the name belongs to the sender.
    return unquote_to_bytes(raw_path.split(b"/", 3)[2]).decode("latin-1")
