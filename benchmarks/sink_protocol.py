"""Receive webhooks at the least cost: read off length and webhook-id, count, answer."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nbusy"
)
NO_LENGTH = b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CONTROL = b"/-/"
THOUSAND = 1_000


@dataclass(slots=True)
class Tally:
    """What arrived since the last reset, and how it is answered.

    `busy` is the share of webhook-ids whose first request is answered 503, `slow` the share whose
    every request is answered after `delay` seconds. Times are epoch seconds.
    """

    busy: float = 0.0
    slow: float = 0.0
    delay: float = 2.0
    requests: int = 0
    answered_busy: int = 0
    without_id: int = 0
    first_at: float | None = None  # the first request of all
    last_new_at: float | None = None  # the last id that came for the first time
    first_again_at: float | None = None  # the first id that came again
    seen: set[int] = field(default_factory=set)  # hashes: a million ids take 70 MB

    def answer(self, webhook_id: bytes) -> tuple[bytes, float]:
        """Count one request; return what to answer, and after how many seconds."""
        self.requests += 1
        if not webhook_id:
            self.without_id += 1
            return OK, 0.0
        key = hash(webhook_id)
        again = key in self.seen
        self._note(key, again=again)
        if not (self.busy or self.slow):
            return OK, 0.0
        # Decided by the id alone, so that every run meets the same faults.
        slow, busy = divmod(zlib.crc32(webhook_id) % THOUSAND**2, THOUSAND)
        refused = not again and busy < self.busy * THOUSAND
        self.answered_busy += refused
        return BUSY if refused else OK, self.delay if slow < self.slow * THOUSAND else 0.0

    def reset(self, *, busy: float = 0.0, slow: float = 0.0, delay: float = 2.0) -> None:
        """Forget what arrived, and answer by these shares from now on."""
        self.__init__(busy=busy, slow=slow, delay=delay)  # type: ignore[misc]

    def _note(self, key: int, *, again: bool) -> None:
        now = time.time()
        if self.first_at is None:
            self.first_at = now
        if not again:
            self.seen.add(key)
            self.last_new_at = now
        elif self.first_again_at is None:
            self.first_again_at = now


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection; bodies need a Content-Length."""

    def __init__(self, tally: Tally, control: Callable[[bytes], bytes]) -> None:
        """Count into `tally`; `control` answers what is asked of the sink itself."""
        self._tally = tally
        self._control = control
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Take every request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            lower = head.lower()
            if b"\r\ntransfer-encoding:" in lower:
                self._transport.write(NO_LENGTH)
                self._transport.close()
                return
            whole = end + 4 + int(_value(head, lower, b"\r\ncontent-length:") or b"0")
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._take(head, lower)

    def _take(self, head: bytes, lower: bytes) -> None:
        target = head.split(b" ", 2)[1]
        if target.startswith(CONTROL):
            self._transport.write(self._control(target))
            return
        answer, delay = self._tally.answer(_value(head, lower, b"\r\nwebhook-id:"))
        if delay:
            asyncio.get_running_loop().call_later(delay, self._write, answer)
        else:
            self._transport.write(answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _value(head: bytes, lower: bytes, name: bytes) -> bytes:
    """Return the value of a header, named in lower case with the line break before it."""
    start = lower.find(name)
    if start < 0:
        return b""
    start += len(name)
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()
