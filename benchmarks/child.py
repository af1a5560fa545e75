"""A child process that is given commands and answers them, a line of JSON each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

END_SECONDS = 10.0
LINES_TOLD = 30
OURS = ("PREFECT_", "HOOKLINE_")
ROOT = Path(__file__).parents[1]


class ChildFailed(Exception):
    """A child ended instead of answering; the end of what it printed says why."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process, and the file with what it printed beside its answers."""

    name: str
    process: subprocess.Popen[str]
    printed: Path

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid

    def ask(self, **command: Any) -> dict[str, Any]:
        """Give a command and wait for the answer; raises ChildFailed when none comes."""
        assert self.process.stdin is not None, "it was started with a pipe"
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Wait for the next answer; raises ChildFailed when none comes."""
        assert self.process.stdout is not None, "it was started with a pipe"
        line = self.process.stdout.readline()
        if not line:
            end = self.printed.read_text(errors="replace").splitlines()[-LINES_TOLD:]
            raise ChildFailed("\n  ".join([f"{self.name} ended without an answer:", *end]))
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running(
    command: list[str], *, folder: Path, name: str, environ: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Start a command in a folder; end it and all it started when the `with` is left."""
    printed = folder / f"{name}.txt"
    with printed.open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**_inherited(), "PYTHONPATH": str(ROOT), **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
            # Ctrl-C in a terminal reaches the parent alone, which ends its children in order.
            start_new_session=True,
        )
    try:
        yield Child(name, process, printed)
    finally:
        _end(process)


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours."""
    return [sys.executable, "-m", module, *arguments]


def _inherited() -> dict[str, str]:
    """Return the environment without what is set in it for Prefect and for Hookline."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def _end(process: subprocess.Popen[str]) -> None:
    """Ask a process and its descendants to end, wait, and kill those that do not hear."""
    family: list[psutil.Process] = []
    with suppress(psutil.Error):
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
    process.terminate()
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
    _, left = psutil.wait_procs(family, timeout=END_SECONDS)
    for one in left:
        with suppress(psutil.Error):
            one.kill()
    process.wait()
