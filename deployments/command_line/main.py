"""The command `hookline`: its commands in the order in which a person meets them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from deployments.command_line import (
    campaigns,
    dry_run,
    lint,
    reading,
    segment,
    sending,
    serving,
    upkeep,
    why,
)
from deployments.command_line.mistakes import MistakesToldGroup, TellingMistakes

app = typer.Typer(
    cls=MistakesToldGroup,
    name="hookline",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    # A traceback's local variables may hold secrets.
    pretty_exceptions_show_locals=False,
)


def main() -> None:
    """Run the command line."""
    app()


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hookline {version('hookline')}")
        raise typer.Exit


@app.callback()
def _hookline(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Send personalised webhooks to a segment of users, and account for every recipient.

    Begin with `hookline demo`, or with `hookline check FILE` on a campaign file of your own.

    A RUN_KEY may be cut to what tells it from others; `latest` is the newest run.

    Exit codes: 0 finished and balanced, 1 not finished or not balanced, 2 a mistake of the author.
    """


for _panel, _commands in (
    ("Start", (serving.demo,)),
    (
        "Campaigns",
        (campaigns.check, lint.lint, segment.segment, campaigns.preview, dry_run.dry_run),
    ),
    ("Sending", (sending.send, sending.resume, sending.resend)),
    ("What happened", (reading.runs, reading.report, reading.deliveries, why.why)),
    ("Servers", (serving.bin_, serving.up)),
):
    for _command in _commands:
        app.command(
            _command.__name__.rstrip("_").replace("_", "-"),
            cls=TellingMistakes,
            rich_help_panel=_panel,
        )(_command)

app.add_typer(upkeep.app, rich_help_panel="What happened")
