"""The command `segment`: whom a campaign's segment selects, and how it comes to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.command_line.campaigns import located
from deployments.command_line.log import delivery_log_if_there
from deployments.command_line.options import AsJson, Events, File, Log, Users
from deployments.command_line.output import plain, print_json, say, show

if TYPE_CHECKING:
    from tasks.check.selecting import Audience
    from tasks.segment.funnel import Funnel

BAR = 30
WORDS = 44


def segment(
    file: File,
    users: Users = "",
    events: Events = "",
    sample: Annotated[
        int, typer.Option("--sample", min=0, metavar="N", help="How many users to show.")
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write the users with all their columns there (.parquet or .csv).",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    log: Log = None,
) -> None:
    """Show whom a campaign's segment selects, and how many users each rule takes out.

    Reads the segment and the user table, not the message; sends nothing. If the campaign was sent
    before, it tells who would be new in the audience and who would not be in it any more.

    Example: `hookline segment campaigns/retention-offer.yaml`
    """
    from blocks.campaign_file import load_campaign
    from blocks.mistake import AuthorMistake
    from tasks.check.selecting import select_users

    campaign = load_campaign(file, users=located(users), events=located(events))
    try:
        found = select_users(
            campaign,
            now=datetime.now(UTC),
            environ=os.environ,
            log=delivery_log_if_there(),
            whole=out is not None,
        )
    except AuthorMistake as mistake:
        raise mistake.within(file=str(file)) from None
    if out is not None:
        _write(found, out)
    shown = found.users.head(sample)
    if as_json:
        print_json(_as_dict(found, campaign.name, shown[campaign.users.id].tolist()))
        return
    show(f"{plain(campaign.name)}: nothing was sent", "", *_funnel(found.funnel))
    show(*_notes(found))
    _print_sample(shown)
    for warning in found.warnings:
        say(f"warning: {warning}")


def _write(found: Audience, out: Path) -> None:
    from blocks.mistake import AuthorMistake

    if out.suffix not in (".parquet", ".csv"):
        raise AuthorMistake.of("--out", f"'{out}' ends neither with .parquet nor with .csv")
    try:
        if out.suffix == ".csv":
            found.users.to_csv(out, index=False)
        else:
            found.users.to_parquet(out, index=False)
    except OSError as error:
        raise AuthorMistake.of("--out", f"'{out}' cannot be written: {error}") from None


def _funnel(funnel: Funnel) -> Iterator[str]:
    """Yield the funnel as a bar chart: how many users are left after each rule."""
    width = max([len("user table"), *(min(len(one.words), WORDS) for one in funnel.steps)])
    yield f"  {'user table':<{width}}  {funnel.rows:>11,}  {_bar(funnel.rows, funnel.rows)}"
    for step, left in zip(funnel.steps, funnel.left(), strict=True):
        words = plain(step.words)
        if len(words) > width:
            words = f"{words[: width - 3]}..."
        out = f"-{step.removed:,}" if step.removed else "0"
        bar = _bar(left, funnel.rows)
        yield f"  {words:<{width}}  {left:>11,}  {bar:<{BAR}}  {out:>11}"
    share = funnel.selected / funnel.rows
    yield f"  {'-' * (width + 13)}"
    yield f"  {'audience':<{width}}  {funnel.selected:>11,}  {share:.1%} of the users"


def _bar(count: int, of: int) -> str:
    """Return a bar as long as the share; whoever is left has at least a mark."""
    return "#" * max(round(BAR * count / of), 1 if count else 0)


def _notes(found: Audience) -> Iterator[str]:
    for file, count in found.unknown.items():
        if count:
            yield ""
            yield f"  {count:,} ids of {plain(Path(file).name)} are not in the user table"
    if found.change is not None:
        yield ""
        yield (
            f"  against the run {plain(found.change.run_key)}: "
            f"{len(found.change.entered):,} entered, {len(found.change.left):,} left"
        )


def _print_sample(users: Any) -> None:
    from deployments.command_line.tables import Column, print_table

    if users.empty:
        return
    show("")
    names = [str(name) for name in users.columns]
    columns = [Column(name, plain(name), shrinks=True) for name in names]
    rows = users.astype(object).where(users.notna(), None).to_dict("records")
    print_table(({str(n): v for n, v in row.items()} for row in rows), columns)


def _as_dict(found: Audience, campaign: str, sample: list[str]) -> dict[str, Any]:
    change = found.change
    return {
        "campaign": campaign,
        "audience": found.funnel.selected,
        **found.funnel.as_dict(),
        "sample": sample,
        "unknown_ids": dict(found.unknown),
        "last_run": None
        if change is None
        else {
            "run_key": change.run_key,
            "entered": len(change.entered),
            "left": len(change.left),
        },
        "warnings": list(found.warnings),
    }
