"""What `why` tells of a campaign file: which rules a user meets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deployments.command_line.campaigns import located
from deployments.command_line.log import delivery_log_if_there
from deployments.command_line.output import plain, print_json, show

if TYPE_CHECKING:
    from tasks.check.explain_user import Explanation, Verdict

NOT_THERE = 1
# So much is shown of a rule, which may list thousands of ids; --json has it whole.
WORDS = 200


def why_in_file(file: Path, user: str, *, users: str, events: str, as_json: bool) -> None:
    """Tell whether a user would be in the audience of a campaign now, rule by rule."""
    from blocks.campaign_file import load_campaign
    from blocks.mistake import AuthorMistake
    from tasks.check.explain_user import explain_user

    campaign = load_campaign(file, users=located(users), events=located(events))
    try:
        found = explain_user(
            campaign, user, now=datetime.now(UTC), environ=os.environ, log=delivery_log_if_there()
        )
    except AuthorMistake as mistake:
        raise mistake.within(file=str(file)) from None
    if as_json:
        print_json({"campaign": campaign.name, **found.as_dict()})
    else:
        show(*map(plain, _sentences(found, campaign.name)))
    if not found.selected:
        raise typer.Exit(NOT_THERE)


def _sentences(found: Explanation, campaign: str) -> Iterator[str]:
    if not found.in_table:
        yield f"{found.user} is not in the user table of {campaign}."
        if found.nearest:
            yield f"Did you mean {', '.join(found.nearest)}?"
        return
    yield f"{found.user} would {'' if found.selected else 'not '}be in the audience of {campaign}."
    if found.first is not None:
        yield f"The first rule that is not met: {_words(found.first)}{_has(found.first)}."
    if found.verdicts:
        yield ""
    for one in found.verdicts:
        yield f"  {'yes' if one.met else 'no':<3}  {_words(one)}{_has(one)}"


def _words(one: Verdict) -> str:
    from tasks.report.text import shortened

    return shortened(one.words, WORDS)


def _has(one: Verdict) -> str:
    return "" if one.value is None else f" (it is {one.value})"
