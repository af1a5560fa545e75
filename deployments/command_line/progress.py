"""Show how far a run is while it is sent, from the counters in its log."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from deployments.command_line.output import say

if TYPE_CHECKING:
    from tasks.log.records import Counts, Run
    from tasks.log.transaction import Log

BAR_SECONDS = 0.5
LINE_SECONDS = 10.0


class Shows(Protocol):
    """Something that shows counters."""

    seconds: float

    def selected(self, users: int) -> None:
        """Show how many are in the audience so far, while it is not frozen yet."""
        ...

    def show(self, counts: Counts) -> None:
        """Show how many are done."""
        ...


@contextlib.contextmanager
def shown_progress(log: Log, *, run_key: str) -> Iterator[None]:
    """Show the counters of a run on stderr: a bar in a terminal, else a line now and then."""
    with _bar() if sys.stderr.isatty() else contextlib.nullcontext(_Lines()) as shows:
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(log, run_key, shows, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _watch(log: Log, run_key: str, shows: Shows, ended: threading.Event) -> None:
    from tasks.log import runs
    from tasks.log.transaction import if_readable

    run: Run | None = None
    while not ended.wait(shows.seconds):
        # Whether the log can be read just now is the sender's worry: the next look may succeed.
        with if_readable():
            if run is None or run.planned_at is None:
                run = runs.find_run(log, run_key=run_key)
            if run is None or run.planned_at is None:
                shows.selected(run.counts.audience if run else 0)
            else:
                shows.show(runs.read_counts(log, run_id=run.id))
    if run is not None and run.planned_at is not None and isinstance(shows, _Bar):
        with if_readable():
            shows.show(runs.read_counts(log, run_id=run.id))


class _Lines:
    """A line from time to time, for files and pipes."""

    seconds = LINE_SECONDS

    def selected(self, users: int) -> None:
        """Write one line, but not about the first part."""
        if users:
            say(f"selecting: {users:,} in the audience so far")

    def show(self, counts: Counts) -> None:
        """Write one line."""
        say(f"{counts.final:,} of {counts.audience:,} done: {told(counts)}")


class _Bar:
    """A progress bar that is drawn in place."""

    seconds = BAR_SECONDS

    def __init__(self, bar: object, task: object) -> None:
        from rich.progress import Progress, TaskID

        assert isinstance(bar, Progress)
        assert isinstance(task, int)
        self.bar, self.task = bar, TaskID(task)

    def selected(self, users: int) -> None:
        """Draw a bar without an end."""
        self.bar.update(self.task, description="selecting", completed=users, total=None)

    def show(self, counts: Counts) -> None:
        """Draw the bar."""
        self.bar.update(
            self.task,
            description="sending",
            completed=counts.final,
            total=counts.audience,
            told=told(counts),
        )


def told(counts: Counts) -> str:
    """Return the counters in a few words."""
    parts = [f"{counts.delivered:,} delivered"]
    for name in ("failed", "suppressed", "held"):
        if count := getattr(counts, name):
            parts.append(f"{count:,} {name}")
    if owed := counts.pending + counts.in_doubt:
        parts.append(f"{owed:,} owed")
    return ", ".join([*parts, f"{counts.attempts:,} attempts"])


@contextlib.contextmanager
def _bar() -> Iterator[_Bar]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as bar:
        yield _Bar(bar, bar.add_task("selecting", total=None, told=""))
