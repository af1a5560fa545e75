"""The demo and `up` as their users run them: processes with a folder and a home of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

import deployments
from deployments.prefect_server import HOST, free_port

OURS = ("PREFECT_", "HOOKLINE_", "CRM_")


@dataclass(frozen=True, slots=True)
class Running:
    """A process of ours, the folder it works in, and what it has printed so far."""

    process: subprocess.Popen[str]
    folder: Path
    printed: list[str]

    @property
    def user_home(self) -> Path:
        """Return the user's home, where nothing may appear."""
        return self.folder / "home"

    def read_until(self, text: str) -> None:
        """Read what it prints, up to a line with this text."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            if text in line:
                return
        pytest.fail(f"it ended without printing {text!r}:\n{''.join(self.printed)}")

    def end(self, seconds: float = 60) -> int:
        """Wait until it has ended; return its exit code."""
        out, _ = self.process.communicate(timeout=seconds)
        self.printed.append(out)
        return self.process.returncode


@contextmanager
def run(folder: Path, code: str, **variables: str) -> Iterator[Running]:
    """Run Python code in a folder; nothing of it may be left when the `with` is left."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    running = Running(_start(folder, code, environ | variables), folder, [])
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.end()
        _, left = psutil.wait_procs(_working_in(running.user_home), timeout=20)
        for one in left:
            one.kill()
    assert left == []
    assert list(running.user_home.iterdir()) == []


def _working_in(user_home: Path) -> list[psutil.Process]:
    """Return the processes that were started with this home, also those left by their parent."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("HOME") == str(user_home):
                found.append(process)
    return found


def _start(folder: Path, code: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    (folder / "home").mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env={
            **environ,
            "HOME": str(folder / "home"),
            "PYTHONPATH": str(Path(deployments.__file__).parents[1]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A group of its own, as a terminal gives one to each command.
        start_new_session=True,
        # And Ctrl-C, which a shell's background commands ignore: so would all that they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@dataclass(frozen=True, slots=True)
class Up:
    """Prefect's server with our deployments."""

    running: Running
    port: int

    @property
    def api_url(self) -> str:
        """Return where its API is."""
        return f"http://{HOST}:{self.port}/api"

    @property
    def ui_url(self) -> str:
        """Return where its pages are."""
        return f"http://{HOST}:{self.port}/v2"


@contextmanager
def run_up(folder: Path, **variables: str) -> Iterator[Up]:
    """Run `up` in a folder, and wait until it is ready."""
    port = free_port()
    code = f"from deployments.up import run_up; raise SystemExit(run_up(port={port}))"
    with run(folder, code, **variables) as running:
        running.read_until("Ctrl-C stops")
        yield Up(running, port)


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Yield one `up` for all tests, because it takes long to start."""
    with run_up(tmp_path_factory.mktemp("up")) as ready:
        yield ready


@pytest.fixture
def run_in():
    """Return `run`, for tests that need a process of their own."""
    return run


@pytest.fixture
def run_up_in():
    """Return `run_up`, for tests that end it."""
    return run_up
