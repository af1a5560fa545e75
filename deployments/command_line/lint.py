"""The command `lint`: what a campaign's templates are likely to get wrong."""

from __future__ import annotations

from dataclasses import asdict

import typer

from blocks.mistake import AuthorMistake
from deployments.command_line.campaigns import prepared_from
from deployments.command_line.mistakes import MISTAKEN
from deployments.command_line.options import AsJson, Events, File, Users
from deployments.command_line.output import plain, print_json, show


def lint(file: File, users: Users = "", events: Events = "", as_json: AsJson = False) -> None:
    """Say what a campaign's templates are likely to get wrong.

    Unknown variables and filters, columns with blanks and no default, JSON that is not escaped or
    has another content type, secrets in plain text, a host that users decide, values that only
    other sends have. Exits with 2 when there are errors.

    Example: `hookline lint campaigns/retention-offer.yaml`
    """
    from tasks.check.lint import Finding, blank_shares, findings_of
    from tasks.check.lint import lint as linted

    found: list[Finding]
    try:
        prepared = prepared_from(file, users=users, events=events)
        shares = blank_shares(prepared.everybody())
        found = linted(prepared.campaign, prepared.message, shares)
    except AuthorMistake as mistake:
        from blocks.campaign_file import placed

        found = findings_of(placed(mistake, file).faults)
    if as_json:
        print_json({"findings": [asdict(one) for one in found]})
    else:
        show(*(map(plain, found) if found else ["nothing to complain about"]))
    if any(one.severity == "error" for one in found):
        raise typer.Exit(MISTAKEN)
