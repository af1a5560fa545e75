"""A receiver whose memory survives its own death: what arrived is in a file before it is answered.

`python -m tests.crash.receiver --port 0 --record FILE` prints its port and serves until it ends.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"


class Received(NamedTuple):
    """One request that arrived, and what it was to be answered."""

    user: str
    webhook_id: str
    status: int


def read(record: Path) -> list[Received]:
    """Return what arrived so far, in this life and in earlier ones."""
    whole = record.read_text().rpartition("\n")[0] if record.exists() else ""
    found = [line.split(" ") for line in whole.splitlines()]
    return [Received(user, webhook_id, int(status)) for user, webhook_id, status in found]


class Receiver:
    """Answer 503 to the first `first` requests of a share of the users, and 200 to the rest."""

    def __init__(self, record: Path, *, first: int, share: float, delay: float) -> None:
        """Go on from what arrived in an earlier life."""
        self._seen = Counter(one.user for one in read(record))
        self._file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._first, self._share, self.delay = first, share, delay

    def take(self, user: str, webhook_id: str) -> int:
        """Write down a request and return the status that it gets."""
        unlucky = zlib.crc32(user.encode()) % 1000 < self._share * 1000
        status = 503 if unlucky and self._seen[user] < self._first else 200
        self._seen[user] += 1
        os.write(self._file, f"{user} {webhook_id} {status}\n".encode())
        return status


class Connection(asyncio.Protocol):
    """HTTP/1.1 with one request at a time, each with a content-length."""

    def __init__(self, receiver: Receiver) -> None:
        """Take a connection."""
        self._receiver, self._buffer = receiver, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to answer through."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take every request that is whole."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            fields = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
            size = int(fields.get("content-length", 0))
            if len(rest) < size:
                return
            self._buffer = rest[size:]
            user = first.split(" ")[1].rpartition("/")[2]
            status = self._receiver.take(user, fields["webhook-id"])
            loop = asyncio.get_running_loop()
            loop.call_later(self._receiver.delay, self._answer, status)

    def _answer(self, status: int) -> None:
        self._transport.write(b"HTTP/1.1 %d Told\r\ncontent-length: 0\r\n\r\n" % status)


async def _serve(receiver: Receiver, port: int) -> None:
    loop = asyncio.get_running_loop()
    listener = socket.create_server((HOST, port), backlog=2048)
    server = await loop.create_server(lambda: Connection(receiver), sock=listener)
    print(listener.getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--delay", type=float, default=0.05)
    given = parser.parse_args()
    receiver = Receiver(given.record, first=given.first, share=given.share, delay=given.delay)
    asyncio.run(_serve(receiver, given.port))


if __name__ == "__main__":
    main()
