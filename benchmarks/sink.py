"""Run the receiver of the benchmarks: `python -m benchmarks.sink`, until its input ends."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import fields
from urllib.parse import parse_qsl, urlsplit

import uvloop

from benchmarks.sink_protocol import Connection, Tally

HOST = "127.0.0.1"
BACKLOG = 4_096


class Sink:
    """The tally and what may be asked of it."""

    def __init__(self) -> None:
        """Begin with nothing received and every answer 200."""
        self.tally = Tally()

    def connection(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self.tally, self.control)

    def control(self, target: bytes) -> bytes:
        """Answer `/-/stats`, or `/-/reset?busy=0.2&slow=0.1&delay=2`."""
        url = urlsplit(target.decode())
        if url.path == "/-/reset":
            self.tally.reset(**{name: float(value) for name, value in parse_qsl(url.query)})
        body = json.dumps(self.stats()).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    def stats(self) -> dict[str, float | None]:
        """Return the counts, and the CPU seconds of this process so far."""
        # Not the ids themselves, of which there may be a million.
        names = [one.name for one in fields(self.tally) if one.name != "seen"]
        counted = {name: getattr(self.tally, name) for name in names}
        return counted | {"distinct": len(self.tally.seen), "cpu_s": time.process_time()}


async def serve() -> None:
    """Listen on a free port, print its number as JSON, and serve until the input ends."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    server = await loop.create_server(Sink().connection, HOST, 0, backlog=BACKLOG)
    # The input is a pipe of whoever started this, also when that was killed.
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(serve())
