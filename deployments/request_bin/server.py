"""Run the receiver: in the foreground until it is told to stop, or in a thread of this process."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import uvicorn

from blocks.mistake import AuthorMistake
from deployments.request_bin.app import HANG_LIMIT, MAX_BODY, make_app
from deployments.request_bin.faults import ScriptedFault
from deployments.request_bin.protocol import WireProtocol
from deployments.request_bin.record import KEEP, Bins, Received
from deployments.request_bin.script import read_faults

FaultLike = ScriptedFault | str | Mapping[str, Any]
"""A fault, its command-line text, or its fields."""
_Result = TypeVar("_Result")


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Sequence[FaultLike] = (),
    keep: int = KEEP,
    max_body: int = MAX_BODY,
    hang_limit: float = HANG_LIMIT,
    say: Callable[[str], object] | None = None,
) -> None:
    """Run the receiver until SIGINT or SIGTERM, telling by `say` (printing) where it listens.

    Port 0 takes a free one. `faults` hold for every bin without a script of its own. Raises
    AuthorMistake when a fault cannot be read or the port cannot be had.
    """
    say = say or _print
    bins = Bins(keep=keep, faults=read_faults(faults))
    with closing(_listen(host, port)) as listener:
        url = _url(listener)
        server = _Server(_config(bins, max_body=max_body, hang_limit=hang_limit))
        say(f"Request bin listening on {url}")
        say(f"Send to {url}/in/<name>, look at {url}/bin/<name>")
        server.run(sockets=[listener])
    say(f"Request bin stopped; received {sum(found.received for found in bins):,} requests")


class RunningBin:
    """A receiver that runs in a thread of this process."""

    def __init__(self, url: str, bins: Bins, server: _Server) -> None:
        """Speak for the bins served at `url`."""
        self.url = url
        self._bins = bins
        self._server = server

    def in_url(self, name: str) -> str:
        """Return where to send to."""
        return f"{self.url}/in/{name}"

    def page_url(self, name: str) -> str:
        """Return where to look."""
        return f"{self.url}/bin/{name}"

    def requests(self, name: str, *, webhook_id: str | None = None) -> list[Received]:
        """Return the kept requests of a bin, oldest first; of one webhook-id only if given."""
        kept = self._call(lambda: list(self._bins.look(name)))
        return [one for one in kept if webhook_id is None or one.webhook_id == webhook_id]

    def received(self, name: str) -> int:
        """Count the requests of a bin, kept or not."""
        return self._call(lambda: self._bins.look(name).received)

    def script(self, name: str, faults: Sequence[FaultLike]) -> None:
        """Let the next requests of a bin meet these faults; an empty list is no fault at all.

        Raises AuthorMistake when a fault cannot be read.
        """
        read = read_faults(faults)
        self._call(lambda: setattr(self._bins.of(name), "faults", read))

    def clear(self, name: str) -> None:
        """Forget the requests and counts of a bin; its script stays."""
        self._call(lambda: self._bins.look(name).clear())

    def _call(self, ask: Callable[[], _Result]) -> _Result:
        if self._server.loop.is_closed():
            return ask()

        # The bins belong to the server's loop, which may be adding to them right now.
        async def asked() -> _Result:
            return ask()

        return asyncio.run_coroutine_threadsafe(asked(), self._server.loop).result()


@contextmanager
def running_bin(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Sequence[FaultLike] = (),
    keep: int = KEEP,
    max_body: int = MAX_BODY,
    hang_limit: float = HANG_LIMIT,
) -> Iterator[RunningBin]:
    """Run the receiver in a thread for the time of a `with`; the settings are those of `serve`."""
    bins = Bins(keep=keep, faults=read_faults(faults))
    with closing(_listen(host, port)) as listener:
        server = _Server(_config(bins, max_body=max_body, hang_limit=hang_limit))
        thread = threading.Thread(target=server.run_in_thread, args=(listener,), daemon=True)
        thread.start()
        try:
            server.ready.wait()
            if not server.started:
                raise RuntimeError("the request bin did not start")
            yield RunningBin(_url(listener), bins, server)
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """Uvicorn's server that tells when it is ready and ends quietly on a signal."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop

    def run_in_thread(self, listener: socket.socket) -> None:
        try:
            self.run(sockets=[listener])
        finally:
            self.ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ends = (signal.SIGINT, signal.SIGTERM)
        before = {end: signal.signal(end, self.handle_exit) for end in ends}
        try:
            yield
        finally:
            # Uvicorn would raise the signal again here: a traceback instead of exit code 0.
            for end, handler in before.items():
                signal.signal(end, handler)


def _print(line: str) -> None:
    # Whoever started this process may be reading the address from a pipe.
    print(line, flush=True)


def _config(bins: Bins, *, max_body: int, hang_limit: float) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(bins, max_body=max_body, hang_limit=hang_limit),
        http=WireProtocol,
        ws="none",
        lifespan="off",
        # The loggers belong to whoever runs this in a thread.
        log_config=None,
        server_header=False,
        # Senders keep connections open between retries; closing first would race with them.
        timeout_keep_alive=600,
        timeout_graceful_shutdown=5,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as refused:
        hint = "port 0 takes a free one" if port else ""
        raise AuthorMistake.of(
            "port", f"{host}:{port} cannot be had: {refused}", hint=hint
        ) from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
