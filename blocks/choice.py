"""The campaign that a run was started with: composed in the form, from a file, or saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import Field

from blocks.campaign import Campaign
from blocks.campaign_file import load_campaign, validate_campaign
from blocks.mistake import AuthorMistake
from blocks.saved import SavedCampaign

CampaignFile = Annotated[
    str,
    Field(
        title="Campaign file",
        description="Path of a campaign file on the machine that sends, such as "
        "deployments/campaigns/retention-offer.yaml, optionally with #digest behind it.",
    ),
]
CampaignChoice = Campaign | CampaignFile | SavedCampaign


@dataclass(frozen=True, slots=True)
class Chosen:
    """A campaign, the values for its placeholders, and where it came from (None: composed)."""

    campaign: Campaign
    environ: Mapping[str, str]
    source: str | None


def choose(
    choice: Campaign | str | SavedCampaign,
    *,
    users: str,
    events: str = "",
    environ: Mapping[str, str],
) -> Chosen:
    """Open the campaign that was chosen; `users` and `events` replace the sources of its tables.

    Raises AuthorMistake with what is wrong with it, or that a file is not the one that was meant
    when the run was started.
    """
    if isinstance(choice, str):
        path, digest = _parted(choice)
        campaign = load_campaign(path, users=users, events=events)
        if digest and campaign.digest != digest:
            raise AuthorMistake.of("campaign", "was changed since the run was started", file=path)
        return Chosen(campaign, environ, path)
    if isinstance(choice, SavedCampaign):
        name = choice._block_document_name or "unnamed"
        campaign = choice.campaign.over(users, events)
        return Chosen(campaign, {**environ, **choice.environ}, f"saved:{name}")
    if written_out := choice.literal_secrets():
        raise AuthorMistake.of(
            ", ".join(written_out),
            "a secret is written out where others can read it",
            hint="write ${NAME} and set NAME in the environment, or save the campaign as a block",
        )
    return Chosen(choice.over(users, events), environ, None)


def _parted(choice: str) -> tuple[str, str]:
    """Part `FILE#digest`; a path may hold a # of its own, a digest is 16 hex digits."""
    path, mark, digest = choice.rpartition("#")
    return (path, digest) if mark and re.fullmatch("[0-9a-f]{16}", digest) else (choice, "")


def choice_of(source: str | None, definition: object) -> Campaign | str | SavedCampaign:
    """Return the choice that an earlier run was started with, from what the log kept of it.

    Raises AuthorMistake when it was a saved block that is not there any more.
    """
    if source is None:
        return validate_campaign(definition)
    if source.startswith("saved:"):
        # The type of load does not tell that it takes _sync, which works within a loop as well.
        load = cast("Callable[..., SavedCampaign]", SavedCampaign.load)
        name = source.removeprefix("saved:")
        try:
            return load(name, _sync=True)
        except ValueError as error:
            raise AuthorMistake.of("campaign", f"no block is saved as '{name}'") from error
    return source
