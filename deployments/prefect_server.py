"""Run Prefect's server as a child process that ends with its parent, however that ends."""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from deployments.prefect_environment import HOME, set_defaults

HOST = "127.0.0.1"
UI_PORT = 4200
READY_SECONDS = 120.0
END_SECONDS = 10.0
LOG_LINES_TOLD = 20


class ServerDidNotStart(Exception):
    """Prefect's server ended, or did not answer in time; the end of its log says why."""


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A server that is starting, or has started."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def ui_url(self) -> str:
        """Return where its pages are: the new ones, since links below the root open the old."""
        return f"http://{HOST}:{self.port}/v2"

    @property
    def api_url(self) -> str:
        """Return the value of PREFECT_API_URL for its clients."""
        return f"http://{HOST}:{self.port}/api"

    def wait_until_ready(self, *, seconds: float = READY_SECONDS) -> None:
        """Wait until it answers; raises ServerDidNotStart with the end of its log."""
        deadline = time.monotonic() + seconds
        while not _answers(f"{self.api_url}/health"):
            if self.process.poll() is not None:
                raise ServerDidNotStart(self._told(f"ended with {self.process.returncode}"))
            if time.monotonic() > deadline:
                raise ServerDidNotStart(self._told(f"did not answer within {seconds:.0f} s"))
            time.sleep(0.1)

    def _told(self, fault: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_TOLD:]
        end = "\n  ".join(lines) or "(empty)"
        return f"Prefect's server on port {self.port} {fault}. The end of {self.log}:\n  {end}"


@contextlib.contextmanager
def prefect_server(*, home: Path | str = HOME, port: int | None = None) -> Iterator[PrefectServer]:
    """Start a server, without waiting until it is ready, and end it when the `with` is left.

    It listens on this machine only, on a free port if none is given, and writes its log and its
    database below `home`.
    """
    port = free_port() if port is None else port
    log = Path(home) / "prefect-server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # Truncated, then appended to: two servers of one home may write at once.
    log.write_bytes(b"")
    command = [sys.executable, "-m", __name__, "server", "start", "--host", HOST]
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and arguments)
            [*command, "--port", str(port)],
            env=_environment(Path(home), port),
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            # Ctrl-C in a terminal reaches the parent alone, which still needs its server then.
            start_new_session=True,
        )
    try:
        yield PrefectServer(port=port, log=log, process=process)
    finally:
        _end(process)


def free_port(*preferred: int) -> int:
    """Return the first preferred port that is free, or else any free one."""
    for port in (*preferred, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            # As the server does it: connections that linger from an earlier one are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise ServerDidNotStart(f"no port is free on {HOST}")


def _environment(home: Path, port: int) -> dict[str, str]:
    environ = {**os.environ}
    set_defaults(environ, home=home)
    # The server would otherwise tell its pages to call port 4200, and be a client of another one.
    environ["PREFECT_SERVER_API_PORT"] = str(port)
    environ["PREFECT_SERVER_UI_API_URL"] = f"http://{HOST}:{port}/api"
    environ.pop("PREFECT_API_URL", None)
    return environ


def _answers(url: str) -> bool:
    try:
        # A proxy of the environment must not be asked for this machine's own address.
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server: ask, wait, and kill it if it does not hear."""
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdin:
            process.stdin.close()


def _end_with_parent() -> None:
    # The pipe ends with the parent, also when that was killed and could tell nobody.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _run(arguments: Sequence[str]) -> None:
    """Be `python -m prefect`, for as long as the parent lives."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["prefect", *arguments]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run(sys.argv[1:])
