"""Owe the failed deliveries of a finished run once more."""

from __future__ import annotations

from sqlalchemy import select, update

from blocks.delivery_log_tables import batches, deliveries, runs
from tasks.log import counters
from tasks.log.records import State
from tasks.log.transaction import Log, writing


class NotReopened(Exception):
    """A run cannot be sent again: not finished yet, or what it would send was removed."""


def resend_failed(log: Log, *, run_id: int, now: float) -> int:
    """Owe what failed again, due `now`, with a new round of attempts; return how many.

    The run key and the webhook-ids stay; the run is unfinished again if anything failed. Raises
    NotReopened when the run is not finished, or its recipients or snapshot were removed.
    """
    failed = (deliveries.c.run_id == run_id) & (deliveries.c.state == State.FAILED)
    with writing(log) as connection:
        run = connection.execute(select(runs).where(runs.c.id == run_id).with_for_update()).one()
        if run.finished_at is None:
            raise NotReopened("the run is not finished: resume it first")
        if run.pruned_at is not None and run.failed:
            raise NotReopened("its recipients were removed from the log")
        if run.snapshot is None and run.failed:
            raise NotReopened("the snapshot of the run was removed")
        with_failed = select(deliveries.c.batch).where(failed)
        connection.execute(
            update(batches)
            .where(batches.c.run_id == run_id, batches.c.number.in_(with_failed))
            .values(closed=False, owner_id=None)
        )
        reopened = connection.execute(
            update(deliveries)
            .where(failed)
            .values(
                state=State.PENDING,
                reason=None,
                due_at=now,
                earlier_attempts=deliveries.c.attempts,
            )
        ).rowcount
        if not reopened:
            return 0
        connection.execute(
            update(runs).where(runs.c.id == run_id).values(finished_at=None, wanted="run")
        )
        counters.move(connection, run_id=run_id, states={State.FAILED: -reopened})
        return reopened
