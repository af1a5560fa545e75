"""Settle which run a start of a campaign means: a new one, or one that is not finished yet."""

from __future__ import annotations

from typing import Literal

from blocks.mistake import AuthorMistake
from tasks.log import runs
from tasks.log.records import Run
from tasks.log.transaction import Log

IfUnfinished = Literal["refuse", "resume", "new"]


class RunUnfinished(AuthorMistake):
    """A campaign was started anew while a run of it is not finished."""


def run_key_for(
    log: Log, *, campaign: str, given: str, fresh: str, if_unfinished: IfUnfinished
) -> str:
    """Return the key of the run to send: the one given, an unfinished one to resume, or `fresh`.

    Raises RunUnfinished when there is an unfinished run and neither `resume` nor `new` was said.
    """
    if given:
        return given
    # A run whose audience was never frozen has sent nothing, so nobody needs to go on with it.
    unfinished = [
        run for run in runs.unfinished_runs(log, campaign=campaign) if run.planned_at is not None
    ]
    if not unfinished or if_unfinished == "new" or any(run.run_key == fresh for run in unfinished):
        return fresh
    newest = unfinished[0]
    if if_unfinished == "resume":
        return newest.run_key
    raise RunUnfinished.of(
        "run_key",
        f"the campaign '{campaign}' has an unfinished run {_told(newest)}",
        hint="--resume goes on with it, --new starts another one",
    )


def _told(run: Run) -> str:
    return f"{run.run_key} ({run.counts.final:,} of {run.counts.audience:,} done)"
