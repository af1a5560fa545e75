"""What an earlier run was started with, for the commands that go on with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from blocks.mistake import AuthorMistake
from deployments.command_line.campaigns import located, prepared_from

if TYPE_CHECKING:
    from blocks.campaign import Campaign
    from tasks.log.records import Run


class Sources(NamedTuple):
    """Where users and events come from, if not from where the campaign says."""

    users: str = ""
    events: str = ""


def choice_of(run: Run, users: str, events: str = "") -> tuple[Any, Sources]:
    """Return what a run was started with, as the flow takes it, and its own sources.

    Raises AuthorMistake when the campaign is not what it was; that of a saved one the flow tells.
    """
    from blocks.campaign_file import load_campaign, validate_campaign
    from tasks.check.earlier import check_same, events_of, users_of

    given = Sources(located(users), located(events))

    def own(campaign: Campaign) -> Sources:
        return Sources(
            users_of(run, campaign, given=given.users),
            events_of(run, campaign, given=given.events),
        )

    if run.source and run.source.startswith("saved:"):
        from deployments.command_line.in_process import start_prefect

        start_prefect()
        from blocks import choice
        from blocks.saved import SavedCampaign

        saved = choice.choice_of(run.source, run.definition)
        assert isinstance(saved, SavedCampaign), "its source says so"
        return saved, own(saved.campaign)
    if run.source is None:
        campaign = validate_campaign(run.definition)
        return campaign, own(campaign)
    kept = own(load_campaign(run.source))
    prepared = prepared_from(Path(run.source), users=kept.users, events=kept.events)
    try:
        check_same(run, prepared.campaign)
    except AuthorMistake as mistake:
        raise mistake.within(file=run.source) from None
    return run.source, kept
