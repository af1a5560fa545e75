"""Commands that look after the delivery log itself: `log info`, `log migrate`, `log prune`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blocks.mistake import AuthorMistake
from deployments.command_line.age import seconds_of
from deployments.command_line.log import delivery_log
from deployments.command_line.mistakes import MistakesToldGroup, TellingMistakes
from deployments.command_line.options import AsJson, Log
from deployments.command_line.output import instant, local, print_json, say, show

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tasks.log.prune import Dropped
    from tasks.log.records import Run
    from tasks.log.space import Contents

PROGRESS_SECONDS = 2.0

app = typer.Typer(
    cls=MistakesToldGroup,
    name="log",
    no_args_is_help=True,
    help="Look after the delivery log: what is in it, its schema, its old runs.",
)


def info(log: Log = None, as_json: AsJson = False) -> None:
    """Tell which database the log is, how large, and what is in it.

    Example: `hookline log info`
    """
    from tasks.log.space import contents

    door = delivery_log()
    if not door.is_there:
        raise AuthorMistake.of("log", f"there is none at {door.shown} yet")
    found = contents(door.open())
    if as_json:
        print_json({"log": door.shown, **_as_dict(found)})
    else:
        show(*_lines(door.shown, found))


def migrate(log: Log = None, as_json: AsJson = False) -> None:
    """Bring the log's schema up to date, or make its tables.

    Every command does so when it opens the log; this one does nothing else, for a time of one's
    own choosing. Nothing is lost, and senders of the version before must be ended first.

    Example: `hookline log migrate`
    """
    door = delivery_log()
    before = door.schema_version()
    door.open()
    after = door.schema_version()
    if as_json:
        print_json({"log": door.shown, "before": before, "after": after})
    elif before is None:
        show(f"{door.shown}: made, schema {after}")
    elif before == after:
        show(f"{door.shown}: up to date, schema {after}")
    else:
        show(f"{door.shown}: from schema {before} to {after}")


def prune(
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than",
            metavar="AGE",
            help="How long ago a run finished, in hours, days or weeks: 12h, 90d, 8w.",
            show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be removed, and remove nothing.")
    ] = False,
    log: Log = None,
    as_json: AsJson = False,
) -> None:
    """Remove the recipients and attempts of runs that finished long ago.

    A run's line stays for ever, with its counts and its report; who was in it and why cannot be
    told any more, and its failures not be sent again. Runs that are not finished are never
    touched. The log can be used meanwhile. Broken off, the same command goes on.

    Example: `hookline log prune --older-than 90d --dry-run`
    """
    from tasks.log.prune import prunable

    before = time.time() - seconds_of(older_than)
    door = delivery_log()
    found = prunable(door.open(), finished_before=before) if door.is_there else []
    told = _told(found, dry_run=dry_run) if dry_run else _pruned(door.open(), found, before)
    if as_json:
        print_json(told)
        return
    verb = "would be removed" if dry_run else "removed"
    show(
        f"{told['deliveries']:,} recipients and {told['attempts']:,} attempts of "
        f"{told['runs']:,} runs {verb}"
    )
    if not dry_run and told["runs"]:
        show(f"the log has {_bytes(told['size'])}, before {_bytes(told['size_before'])}")


for _command in (info, migrate, prune):
    app.command(_command.__name__, cls=TellingMistakes)(_command)


def _pruned(log: Engine, found: list[Run], before: float) -> dict[str, Any]:
    from tasks.log.prune import drop_old_owners
    from tasks.log.space import contents, shrink

    size = contents(log).size
    told = _told(found, dry_run=False)
    told |= {"deliveries": 0, "attempts": 0, "size_before": size}
    shown = time.monotonic()
    for number, run in enumerate(reversed(found), start=1):
        for dropped in _rows_of(log, run):
            told["deliveries"] += dropped.deliveries
            told["attempts"] += dropped.attempts
            if time.monotonic() - shown > PROGRESS_SECONDS:
                shown = time.monotonic()
                say(f"run {number} of {len(found)}: {told['deliveries']:,} recipients removed")
    drop_old_owners(log, left_before=before)
    if not shrink(log):
        say("this file keeps its free room for new rows; to make it smaller, while nobody uses it:")
        say("sqlite3 FILE 'PRAGMA auto_vacuum=INCREMENTAL; VACUUM'")
    return told | {"size": contents(log).size}


def _rows_of(log: Engine, run: Run) -> Iterator[Dropped]:
    from tasks.log.prune import prune_run
    from tasks.report.read import read_report

    now = time.time()
    report = read_report(log, run_key=run.run_key, now=now)
    assert report is not None, "the run was found just now"
    return prune_run(log, run=run, report=report.as_dict(), now=now)


def _told(found: list[Run], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "runs": len(found),
        "run_keys": [run.run_key for run in found],
        "deliveries": sum(run.counts.audience for run in found),
        "attempts": sum(run.counts.attempts for run in found),
    }


def _as_dict(found: Contents) -> dict[str, Any]:
    return {
        "schema": found.schema,
        "size": found.size,
        "free": found.free,
        "runs": found.runs,
        "unfinished": found.unfinished,
        "pruned": found.pruned,
        "deliveries": found.deliveries,
        "attempts": found.attempts,
        "bytes_per_delivery": found.bytes_per_delivery,
        "oldest": instant(found.oldest),
    }


def _lines(shown: str, found: Contents) -> list[str]:
    free = f", {_bytes(found.free)} of it free" if found.free else ""
    each = found.bytes_per_delivery
    lines = [
        f"log          {shown}",
        f"schema       {found.schema}",
        f"size         {_bytes(found.size)}{free}",
        f"runs         {found.runs:,}, {found.unfinished:,} unfinished, {found.pruned:,} pruned",
        f"deliveries   {found.deliveries:,}" + (f", {each:,} bytes each" if each else ""),
        f"attempts     {found.attempts:,}",
    ]
    if found.oldest is not None:
        lines.append(f"oldest       {local(found.oldest)}")
    return lines


def _bytes(size: int) -> str:
    """Return a size in words: `640 kB`, `12.3 MB`, `4.0 GB`."""
    for unit, one in (("GB", 10**9), ("MB", 10**6)):
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size / 1000:,.0f} kB"
