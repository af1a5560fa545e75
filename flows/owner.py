"""Enter a flow run's process in the log, and find what an earlier run was started with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from prefect.runtime import flow_run

from blocks.campaign import Campaign
from blocks.choice import choice_of, choose
from blocks.saved import SavedCampaign
from tasks.check.earlier import events_of, users_of
from tasks.check.occurrence import Occurrence
from tasks.log.records import Run
from tasks.send.opened import working


@contextlib.contextmanager
def entered(occurrence: Occurrence) -> Iterator[int]:
    """Enter the run in the log, and this process as one of its owners; return the owner's id.

    Raises AuthorMistake when the run's key is that of another campaign.
    """
    run = occurrence.enter()
    with working(occurrence.log.open(), run_id=run.id, flow_run_id=flow_run.id) as owner:
        yield owner


def choice_again(
    run: Run, *, users: str = "", events: str = ""
) -> tuple[Campaign | str | SavedCampaign, str, str]:
    """Return what a run was started with: the campaign, and the users and events it was given.

    `users` and `events` name these anew. Raises AuthorMistake when any of it cannot be had.
    """
    choice = choice_of(run.source, run.definition)
    chosen = choose(choice, users="", environ=os.environ)
    given = users_of(run, chosen.campaign, given=users)
    return choice, given, events_of(run, chosen.campaign, given=events)
