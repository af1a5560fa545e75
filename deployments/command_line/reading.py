"""Commands that read the delivery log: `runs`, `report` and `deliveries`."""

from __future__ import annotations

import csv
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from deployments.command_line.log import (
    all_runs,
    delivery_log,
    found_run,
    require_rows,
    state_of,
)
from deployments.command_line.options import AsCsv, AsJson, Log, RunKey
from deployments.command_line.output import (
    instant,
    local,
    minute,
    plain,
    print_json,
    say,
    show,
)
from deployments.command_line.tables import Column, print_table

if TYPE_CHECKING:
    from blocks.delivery_log import DeliveryLog
    from tasks.log.records import Delivery, Run
    from tasks.report.report import Report

StateName = Literal["pending", "in_flight", "in_doubt", "delivered", "failed", "suppressed", "held"]
SHOWN = 20
_COUNTED = ("audience", "delivered", "failed", "suppressed", "held", "in_doubt", "pending")


def runs(
    campaign: Annotated[
        str, typer.Option("--campaign", metavar="NAME", help="Only runs of this campaign.")
    ] = "",
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="How many, the newest first.")
    ] = SHOWN,
    log: Log = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the runs of the delivery log, the newest first, with how far they are.

    A run is planning, sending, unfinished (nobody is sending it: resume it) or finished.

    Example: `hookline runs --campaign retention-offer`
    """
    door = delivery_log()
    everything = all_runs(door)
    known = [run for run in everything if campaign in ("", run.campaign)]
    rows = [_run_row(door, run) for run in known[:limit]]
    if as_json:
        print_json({"runs": rows})
    elif as_csv:
        _write_csv(iter(rows), _RUN_FIELDS)
    elif not rows:
        show(_none(campaign, {run.campaign for run in everything}, door))
    else:
        _print_runs(rows)
        if len(known) > limit:
            show(f"... and {len(known) - limit:,} more; --limit shows them")


def report(run_key: RunKey, log: Log = None, as_json: AsJson = False) -> None:
    """Print the report of a run: the balance, answers, reasons.

    Exits with 0 when the run is finished and balanced, else with 1.

    Example: `hookline report latest`
    """
    opened, run = found_run(run_key)
    from tasks.report.read import read_report

    told = read_report(opened, run_key=run.run_key, now=time.time())
    assert told is not None, "the run was found just now"
    code = print_report(told, as_json=as_json, pruned=run.pruned_at is not None)
    if run.pruned_at is not None:
        say(f"its recipients were pruned on {local(run.pruned_at)}: this is what they came to")
    raise typer.Exit(code)


def print_report(told: Report, *, as_json: bool, pruned: bool = False) -> int:
    """Print a report; return the exit code that it means."""
    from tasks.report.text import lines

    if as_json:
        print_json(told.as_dict())
    else:
        show(*map(plain, lines(told)))
        if not told.balanced:
            show("", f"  To go on: hookline resume {told.run_key}")
        elif told.failed and not pruned:
            show("", f"  Who failed: hookline deliveries {told.run_key} --state failed")
    return 0 if told.balanced else 1


def deliveries(
    run_key: RunKey,
    state: Annotated[
        StateName | None,
        typer.Option("--state", help="Only these.", show_default=False),
    ] = None,
    status: Annotated[
        int | None,
        typer.Option(
            "--status",
            metavar="CODE",
            help="Only those last answered with this status code.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            metavar="N",
            help="At most so many; a table has 100 otherwise.",
            show_default=False,
        ),
    ] = None,
    log: Log = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what became of every recipient of a run, in the order of its audience.

    With --csv or --json the whole run is streamed, however large it is.

    Example: `hookline deliveries latest --state failed --csv > failed.csv`
    """
    opened, run = found_run(run_key)
    require_rows(run)
    from tasks.log import queries
    from tasks.log.records import State

    streamed = as_json or as_csv
    most = limit if limit or streamed else 100
    found = queries.list_deliveries(
        opened,
        run_id=run.id,
        state=State[state.upper()] if state else None,
        status=status,
        limit=most if streamed or most is None else most + 1,
    )
    rows = map(_delivery_row, found)
    if as_json:
        _stream_json(run.run_key, rows)
    elif as_csv:
        _write_csv(rows, _DELIVERY_FIELDS)
    else:
        _print_deliveries(rows, limit=most)


_RUN_FIELDS = ("run_key", "campaign", "state", *_COUNTED, "attempts", "started", "finished")
_DELIVERY_FIELDS = ("user", "outcome", "reason", "attempts", "status", "due")


def _none(campaign: str, known: set[str], door: DeliveryLog) -> str:
    """Say that there are no runs, or none of a campaign, with the nearest name that has some."""
    from blocks.mistake import nearest

    if not campaign or not known:
        return f"There are no runs in {door.shown} yet."
    near = nearest(campaign, sorted(known))
    return (
        f"There are no runs of '{plain(campaign)}' in {door.shown}{f' ({near})' if near else ''}."
    )


def _run_row(door: DeliveryLog, run: Run) -> dict[str, Any]:
    counts = {name: getattr(run.counts, name) for name in (*_COUNTED, "attempts")}
    return {
        "run_key": run.run_key,
        "campaign": run.campaign,
        "state": state_of(door.open(), run),
        **counts,
        "started": instant(run.started_at),
        "finished": instant(run.finished_at),
    }


def _print_runs(rows: list[dict[str, Any]]) -> None:
    from blocks.campaign import slug

    columns = [Column("run_key", "run", shrinks=True)]
    if not all(row["run_key"].startswith(slug(row["campaign"])) for row in rows):
        columns.append(Column("campaign", "campaign", shrinks=True))
    columns.append(Column("state", "state"))
    always = ("audience", "delivered", "failed", "suppressed")
    for name in _COUNTED:
        if name in always or any(row[name] for row in rows):
            columns.append(Column(name, name.replace("_", " "), is_number=True))
    columns.append(Column("since", "started"))
    print_table([{**row, "since": minute(row["started"])} for row in rows], columns)


def _delivery_row(one: Delivery) -> dict[str, Any]:
    return {
        "user": one.user_id,
        "outcome": one.state.name.lower(),
        "reason": one.reason,
        "attempts": one.attempts,
        "status": one.status,
        "due": None if one.state.final else instant(one.due_at),
    }


def _print_deliveries(rows: Iterator[dict[str, Any]], *, limit: int | None) -> None:
    page = list(itertools.islice(rows, limit))
    if not page:
        show("There are none.")
        return
    columns = [
        Column("user", "user"),
        Column("outcome", "outcome"),
        Column("attempts", "attempts", is_number=True),
        Column("status", "status", is_number=True),
    ]
    if any(row["due"] for row in page):
        columns.append(Column("due", "due", shrinks=True))
    if any(row["reason"] for row in page):
        columns.append(Column("reason", "reason", shrinks=True))
    print_table(page, columns)
    if next(rows, None):
        show(f"... and more: these are the first {limit:,}; --limit shows more, --csv all")


def _write_csv(rows: Iterable[dict[str, Any]], fields: tuple[str, ...]) -> None:
    writer = csv.DictWriter(sys.stdout, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _stream_json(run_key: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write one object with a line a delivery, never holding more than one of them."""
    write = sys.stdout.write
    write(f'{{"run_key": {json.dumps(run_key, ensure_ascii=False)}, "deliveries": [')
    for number, row in enumerate(rows):
        write("\n  " if number == 0 else ",\n  ")
        write(json.dumps(row, ensure_ascii=False))
    write("\n]}\n")
