"""Who was sent a campaign before: read once for a whole selection."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select

from blocks.delivery_log_tables import deliveries, runs
from blocks.segment_subject import Outcome
from tasks.log.records import State
from tasks.log.transaction import Log, reading

_STATES: dict[Outcome, State] = {
    "delivered": State.DELIVERED,
    "failed": State.FAILED,
    "suppressed": State.SUPPRESSED,
    "held": State.HELD,
}


def users_sent(
    log: Log,
    *,
    campaign: str,
    outcome: Outcome = "sent",
    since: float | None = None,
    until: float | None = None,
) -> list[str]:
    """Return the ids of the users in runs of a campaign whose delivery had an outcome, each once.

    `sent` is at least one request that went out, `any` every recipient. `since` (included) and
    `until` (excluded) are epoch seconds, and bound when the last request went out, or was due
    where none did.
    """
    when = func.coalesce(deliveries.c.begun_at, deliveries.c.due_at)
    found = (
        select(deliveries.c.user_id)
        .distinct()
        .where(deliveries.c.run_id.in_(_runs(campaign, since)), *_had(outcome))
    )
    if since is not None:
        found = found.where(when >= since)
    if until is not None:
        found = found.where(when < until)
    with reading(log) as connection:
        return list(connection.scalars(found))


def campaigns_in(log: Log) -> list[str]:
    """Return the names of the campaigns that have runs."""
    with reading(log) as connection:
        return list(connection.scalars(select(runs.c.campaign).distinct().order_by("campaign")))


def last_audience(log: Log, *, campaign: str) -> tuple[str, list[str]] | None:
    """Return the run key and the user ids of a campaign's newest run, or None without a run."""
    newest = (
        select(runs.c.id, runs.c.run_key)
        .where(runs.c.campaign == campaign, runs.c.planned_at.is_not(None))
        .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        .limit(1)
    )
    with reading(log) as connection:
        run = connection.execute(newest).one_or_none()
        if run is None:
            return None
        users = select(deliveries.c.user_id).where(deliveries.c.run_id == run.id)
        return run.run_key, list(connection.scalars(users))


def _runs(campaign: str, since: float | None) -> Select[tuple[int]]:
    found = select(runs.c.id).where(runs.c.campaign == campaign)
    if since is None:
        return found
    # In a run that was finished before, nothing went out since.
    return found.where(runs.c.finished_at.is_(None) | (runs.c.finished_at >= since))


def _had(outcome: Outcome) -> Sequence[ColumnElement[bool]]:
    if outcome == "any":
        return ()
    if outcome == "sent":
        return (deliveries.c.attempts > 0,)
    return (deliveries.c.state == _STATES[outcome],)
