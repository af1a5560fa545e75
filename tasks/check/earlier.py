"""Go on with an earlier run: the same campaign, over the same users, its failures owed again."""

from __future__ import annotations

from typing import Literal

from blocks.campaign import Campaign
from blocks.message_secrets import MASK
from blocks.mistake import AuthorMistake, nearest
from tasks.log import runs, snapshot
from tasks.log.records import Run
from tasks.log.reopen import NotReopened, resend_failed
from tasks.log.transaction import Log


def earlier_run(log: Log, *, run_key: str) -> Run:
    """Return the run of this key; raises AuthorMistake when there is none."""
    run = runs.find_run(log, run_key=run_key)
    if run is None:
        known = [one.run_key for one in runs.list_runs(log)]
        raise AuthorMistake.of(
            "run_key", f"there is no run '{run_key}'", hint=nearest(run_key, known)
        )
    return run


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


def check_snapshot(run: Run) -> None:
    """Raise AuthorMistake when a run owes something, and what its templates read is not there."""
    if run.finished_at is None and run.counts.audience > run.counts.final:
        location = run.snapshot
        if location is None or not snapshot.is_there(location):
            raise AuthorMistake.of(
                "run_key",
                f"the snapshot of '{run.run_key}' is not at {location}",
                hint="several machines need one folder that all of them reach",
            )


def users_of(run: Run, campaign: Campaign, *, given: str = "") -> str:
    """Return the source of users that replaces the campaign's own for this run, or nothing.

    `given` is one that the caller names. Raises AuthorMistake when the run's own cannot be told,
    because it holds a password, which the log does not keep.
    """
    return _source_of(run, campaign, "users", given=given)


def events_of(run: Run, campaign: Campaign, *, given: str = "") -> str:
    """Return the source of events that replaces the campaign's own for this run, or nothing.

    As `users_of` does it for the users.
    """
    return _source_of(run, campaign, "events", given=given)


def _source_of(
    run: Run, campaign: Campaign, table: Literal["users", "events"], *, given: str
) -> str:
    if given or campaign.digest == run.digest:
        return given
    source = str(((run.definition or {}).get(table) or {}).get("source") or "")
    if source in ("", getattr(campaign, table).shown):
        return ""
    if f":{MASK}@" in source or f"={MASK}" in source:
        raise AuthorMistake.of(
            f"{table}.source",
            f"the run '{run.run_key}' read {source}, and its password is not kept",
            hint=f"name it with --{table}, the password as ${{NAME}}",
        )
    return source


def reopen(log: Log, run: Run, *, now: float) -> int:
    """Owe what failed in a finished run once more, due `now`; return how many.

    Raises AuthorMistake when the run is not finished, or what it sent is not kept any more.
    """
    try:
        return resend_failed(log, run_id=run.id, now=now)
    except NotReopened as refusal:
        raise AuthorMistake.of(
            "run_key", f"'{run.run_key}' cannot be sent again: {refusal}"
        ) from None
