"""Go on with an earlier run: over the user table that it was started with."""

from __future__ import annotations

from blocks.campaign import Campaign
from blocks.message import MASK
from blocks.mistake import AuthorMistake
from tasks.log.records import Run


def users_of(run: Run, campaign: Campaign, *, given: str = "") -> str:
    """Return the source of users that replaces the campaign's own for this run, or nothing.

    `given` is one that the caller names. Raises AuthorMistake when the run's own cannot be told,
    because it holds a password, which the log does not keep.
    """
    if given or campaign.digest == run.digest:
        return given
    source = str(((run.definition or {}).get("users") or {}).get("source") or "")
    if source in ("", campaign.users.shown):
        return ""
    if f":{MASK}@" in source or f"={MASK}" in source:
        raise AuthorMistake.of(
            "users.source",
            f"run '{run.run_key}' read {source}, whose password is not kept",
            hint="name it again with --users",
        )
    return source


def check_same(run: Run, campaign: Campaign) -> None:
    """Raise AuthorMistake when a campaign is not as it was when the run was started."""
    if run.campaign != campaign.name:
        raise AuthorMistake.of(
            "run_key",
            f"'{run.run_key}' is a run of the campaign '{run.campaign}', not of '{campaign.name}'",
            hint="use another run key",
        )
    if run.digest != campaign.digest:
        raise AuthorMistake.of(
            "run_key",
            f"the campaign '{run.campaign}' was changed since '{run.run_key}' was started",
            hint="use another run key, or the campaign as it was then",
        )
