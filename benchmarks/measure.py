"""Watch processes while they work, and take medians over interleaved repetitions."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil

LOOK_SECONDS = 0.2
IDLE_CPU_S = 0.05  # of each second
MOST_SECONDS_TO_IDLE = 120
MEGABYTE = 1_000_000

Result = TypeVar("Result")


@dataclass(slots=True)
class Usage:
    """What processes took while they were watched: peak memory in MB, CPU in seconds, by name.

    `together_mb` is the peak of all of them at one look; pages that they share count for each.
    """

    peak_mb: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    together_mb: float = 0.0


@contextmanager
def watched(processes: Mapping[str, int]) -> Iterator[Usage]:
    """Watch processes and all their descendants; the usage is complete when the `with` is left.

    A descendant is called after its ancestor: `hookline 1`, `hookline 2` and so on.
    """
    watch = _Watch({name: psutil.Process(pid) for name, pid in processes.items()})
    watch.look()
    ended = threading.Event()
    thread = threading.Thread(target=watch.until, args=(ended,), daemon=True)
    thread.start()
    try:
        yield watch.usage
    finally:
        ended.set()
        thread.join()
        watch.look()


class _Watch:
    """Named processes, and what each had used when it was first seen."""

    def __init__(self, processes: Mapping[str, psutil.Process]) -> None:
        self.usage = Usage()
        self._roots = processes
        self._named: dict[psutil.Process, str] = {}
        self._before: dict[str, float] = {}

    def until(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        first, together = not self._named, 0.0
        for root, process in self._roots.items():
            with suppress(psutil.Error):
                for one in (process, *process.children(recursive=True)):
                    together += self._look_at(one, root, first=first)
        self.usage.together_mb = max(together, self.usage.together_mb)

    def _look_at(self, process: psutil.Process, root: str, *, first: bool) -> float:
        if process not in self._named:
            beside = sum(root_of(name) == root for name in self._named.values())
            self._named[process] = f"{root} {beside}" if beside else root
        name, memory = self._named[process], 0.0
        with suppress(psutil.Error):
            memory = process.memory_info().rss / MEGABYTE
            times = process.cpu_times()
            used = times.user + times.system
            # Whoever was born meanwhile has used all it has used for this.
            before = self._before.setdefault(name, used if first else 0.0)
            self.usage.cpu_s[name] = used - before
            self.usage.peak_mb[name] = max(memory, self.usage.peak_mb.get(name, 0.0))
        return memory


def own_peak_mb() -> float:
    """Return the largest resident memory that this process has had, in MB.

    Not `ru_maxrss`: after a fork and exec that one begins with the parent's peak.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024 / MEGABYTE


def wait_until_idle(pid: int) -> None:
    """Wait until a process and its children use hardly any CPU, two minutes at the longest.

    What a server still has to do for whoever ran before would cost whoever runs next.
    """
    before = _cpu_s(pid)
    for _ in range(MOST_SECONDS_TO_IDLE):
        time.sleep(1)
        now = _cpu_s(pid)
        if now - before < IDLE_CPU_S:
            return
        before = now


def _cpu_s(pid: int) -> float:
    process = psutil.Process(pid)
    every = (process, *process.children(recursive=True))
    return sum(sum(one.cpu_times()[:2]) for one in every)


def root_of(name: str) -> str:
    """Return the name of a process's watched ancestor: `hookline` of `hookline 2`."""
    return name.partition(" ")[0]


def interleaved(
    contenders: Mapping[str, Callable[[], Result]], *, repetitions: int
) -> dict[str, list[Result]]:
    """Let each contender run once, then each again: what the machine does meanwhile hits all."""
    results: dict[str, list[Result]] = {name: [] for name in contenders}
    for _ in range(repetitions):
        for name, run in contenders.items():
            results[name].append(run())
    return results


def median(values: list[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)
