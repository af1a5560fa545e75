"""A process of the matrix: started, killed, frozen, and never left behind."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_SECONDS = 0.005
END_SECONDS = 100.0


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the sending processes that a process has started beside itself."""
    family = psutil.Process(pid).children(recursive=True)
    sources = {one.pid for one in family if "forkserver" in " ".join(one.cmdline())}
    return [one for one in family if one.ppid() in sources]


@dataclass(frozen=True)
class Process:
    """A child in a process group of its own, and the file that takes what it says."""

    popen: subprocess.Popen[str]
    out: Path

    @classmethod
    def start(
        cls, command: list[str], *, out: Path, folder: Path, environ: Mapping[str, str]
    ) -> Process:
        """Start a command; its stdout and stderr go to one file."""
        with out.open("w") as file:
            popen = subprocess.Popen(
                command,
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        return cls(popen, out)

    @property
    def said(self) -> str:
        """Return what it has said so far."""
        return self.out.read_text(errors="replace")

    @property
    def runs(self) -> bool:
        """Tell whether it has not ended."""
        return self.popen.poll() is None

    def kill(self) -> None:
        """Kill it with -9, and nothing that it started."""
        self.popen.kill()
        self.popen.wait(END_SECONDS)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        self.popen.send_signal(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop it, as a suspended machine or a stalled disk would."""
        self.popen.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.popen.send_signal(signal.SIGCONT)

    def ended(self, *, within: float = END_SECONDS) -> int:
        """Wait for its end and return its exit code."""
        try:
            return self.popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it has not ended; it said:\n{self.said}") from None

    def until(self, true: Callable[[], bool], *, within: float = END_SECONDS) -> bool:
        """Wait until something is true; False when the process ended before."""
        deadline = time.monotonic() + within
        while self.runs:
            if true():
                return True
            assert time.monotonic() < deadline, f"it never came; it said:\n{self.said}"
            time.sleep(LOOK_SECONDS)
        return False

    def remove(self) -> None:
        """Kill it with all that it started."""
        family = []
        if self.runs:
            with_children = psutil.Process(self.popen.pid)
            family = [*with_children.children(recursive=True), with_children]
        for one in family:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        self.popen.wait(END_SECONDS)
