"""The command `dry-run`: what a campaign would do to its whole audience."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.command_line.campaigns import prepared_from
from deployments.command_line.options import AsJson, Events, File, Users
from deployments.command_line.output import plain, print_json, say, show

if TYPE_CHECKING:
    from tasks.check.dry_run import DryRun
    from tasks.check.prepared import Prepared
    from tasks.check.repeats import Repeated
    from tasks.check.troubles import Trouble
    from tasks.segment.selection import Selection

MISFITS = 1
# A line of progress for files and pipes, after so many recipients.
EVERY = 100_000

Sample = Annotated[
    int,
    typer.Option(
        "--sample", min=0, metavar="N", help="How many requests to show as curl commands."
    ),
]
Schema = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="Check every body against this JSON Schema (JSON or YAML).",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Write a row for each recipient to this file (.csv or .parquet).",
        show_default=False,
    ),
]
Linked = Annotated[
    bool,
    typer.Option(
        "--linked", help="Fetch linked data as a send would; else its defaults are shown."
    ),
]


def dry_run(
    file: File,
    users: Users = "",
    events: Events = "",
    sample: Sample = 1,
    schema: Schema = None,
    out: Out = None,
    linked: Linked = False,
    as_json: AsJson = False,
) -> None:
    """Render everybody in the audience, send nothing, and count what would have happened.

    Tells who would get a request, who none and why, what templates do wrong with which values, how
    large the bodies are, which are sent twice. Secrets are masked. Exits with 1 when a template
    breaks or a body does not fit the schema.

    Example: `hookline dry-run campaigns/retention-offer.yaml --out rows.csv`
    """
    from deployments.command_line.dry_run_rows import opened_rows
    from deployments.dry_run import check_from, fetched_for
    from tasks.check.dry_run import dry_run as dry_run_over

    prepared = prepared_from(file, users=users, events=events)
    check = check_from(schema)
    selection = prepared.selection()
    with (
        opened_rows(out) as rows,
        fetched_for(prepared, linked) as fetched,
        _progress(prepared, selection) as progress,
    ):
        told = dry_run_over(
            prepared,
            sample=sample,
            check=check,
            rows=rows,
            progress=progress,
            selection=selection,
            fetched=fetched,
        )
    if as_json:
        print_json(told.as_dict())
    else:
        show(*_lines(told))
        for warning in told.warnings:
            say(f"warning: {warning}")
    if not told.is_clean:
        raise typer.Exit(MISFITS)


def _lines(told: DryRun) -> Iterator[str]:
    from tasks.check.sizes import histogram_lines

    yield f"{plain(told.campaign)}: nothing was sent"
    yield ""
    yield f"  audience    {told.audience:>11,}"
    yield f"  would send  {told.would_send:>11,}"
    yield f"  suppressed  {told.audience - told.would_send:>11,}"
    for reason, count in told.suppressed.items():
        yield f"    {count:>9,}  {plain(reason)}"
    yield from _trouble_lines("errors in templates", told.errors)
    yield from _trouble_lines("bodies that do not fit the schema", told.misfits)
    if told.would_send:
        sizes = told.sizes
        yield from ("", "  sizes of bodies")
        yield from (f"  {line}" for line in histogram_lines(sizes))
        yield f"    {sizes.smallest:,} to {sizes.largest:,} bytes, {sizes.mean:,.1f} on average"
        yield from ("", "  repetitions")
        yield from _repeated_lines("bodies", told.bodies)
        yield from _repeated_lines("URLs", told.urls)
    for one in told.requests:
        yield from ("", f"--- {plain(one.user_id)}", one.curl)


def _trouble_lines(title: str, troubles: tuple[Trouble, ...]) -> Iterator[str]:
    if troubles:
        yield from ("", f"  {title}")
    for one in troubles:
        yield f"    {one.count:>9,}  {plain(one.field)}: {plain(one.fault)}"
        for value, count in one.values.items():
            yield f"    {count:>9,}    with {plain(value)}"
        yield f"               such as {plain(', '.join(one.users))}"


def _repeated_lines(name: str, repeated: Repeated) -> Iterator[str]:
    from tasks.check.dry_run_markdown import repeated_words

    yield f"    {repeated_words(name, repeated)}"
    for count, user_id in repeated.most:
        whose = f"that of {plain(user_id)}" if user_id else "one and the same"
        yield f"    {count:>9,}    get {whose}"


@contextlib.contextmanager
def _progress(prepared: Prepared, selection: Selection) -> Iterator[Callable[[int, int], None]]:
    """Show how far it is on stderr: a bar in a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _say_sometimes
        return
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
        task = bar.add_task("selecting", total=None, told="")
        # Selecting takes a small part of the time, so that is done once more, for the bar's end.
        size = 0
        for part in prepared.selected(selection):
            size += part.funnel.selected
            bar.update(task, completed=size)
        bar.update(task, description="rendering", completed=0, total=size)

        def update(rendered: int, would_send: int) -> None:
            told = f"{rendered - would_send:,} suppressed"
            bar.update(task, completed=rendered, told=told)

        yield update


def _say_sometimes(rendered: int, would_send: int) -> None:
    if rendered and rendered % EVERY == 0:
        say(f"{rendered:,} rendered, {rendered - would_send:,} suppressed")
