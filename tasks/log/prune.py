"""Prune the rows of runs that finished long ago; what their reports said stays."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, func, select, update

from blocks.delivery_log_tables import attempts, batches, deliveries, owners, runs
from tasks.log import snapshot
from tasks.log.records import Run
from tasks.log.runs import forget_snapshot, read_runs
from tasks.log.transaction import Log, writing

# Deliveries that one transaction removes, with all their attempts: some 30 ms of the write lock.
PORTION = 2_000
# Batches may hold a single delivery each.
BATCHES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many rows were removed."""

    deliveries: int = 0
    attempts: int = 0


def prunable(log: Log, *, finished_before: float) -> list[Run]:
    """Return the runs to prune, the oldest last: finished by then, or pruned only in part."""
    has_rows = exists().where(batches.c.run_id == runs.c.id)
    chosen = (runs.c.finished_at <= finished_before) & (runs.c.pruned_at.is_(None) | has_rows)
    return read_runs(log, chosen)


def prune_run(log: Engine, *, run: Run, report: Mapping[str, Any], now: float) -> Iterator[Dropped]:
    """Remove the recipients and attempts of a run, in portions; yield what each removed.

    The run's line stays, with its counts and `report`. Between two portions the log is free for
    senders for as long as a portion took. A run that is sent again meanwhile is left alone; one
    whose pruning was broken off is gone on with.
    """
    if run.pruned_at is None and not _mark(log, run.id, report, now):
        return
    while True:
        began = time.monotonic()
        dropped = _drop_portion(log, run.id)
        if dropped is None:
            break
        took = time.monotonic() - began
        yield dropped
        time.sleep(took)
    if run.snapshot is not None:
        snapshot.remove(run.snapshot)
        forget_snapshot(log, run_id=run.id)


def drop_old_owners(log: Log, *, left_before: float) -> int:
    """Forget the processes that left the log before then and hold nothing; return how many."""
    newest = select(func.max(owners.c.id)).scalar_subquery()
    gone = (
        (owners.c.left_at <= left_before)
        & (owners.c.id < newest)  # SQLite would give its number to the next one
        & ~exists().where(batches.c.owner_id == owners.c.id)
        & ~exists().where(runs.c.finished_at.is_(None), runs.c.planner_id == owners.c.id)
    )
    with writing(log) as connection:
        return connection.execute(delete(owners).where(gone)).rowcount


def _mark(log: Log, run_id: int, report: Mapping[str, Any], now: float) -> bool:
    """Keep a run's report and note that its rows go; False when it is not finished any more."""
    with writing(log) as connection:
        marked = connection.execute(
            update(runs)
            .where(runs.c.id == run_id, runs.c.finished_at.is_not(None), runs.c.pruned_at.is_(None))
            .values(pruned_at=now, report=dict(report))
        )
        return marked.rowcount == 1


def _drop_portion(log: Log, run_id: int) -> Dropped | None:
    """Remove the first batches of a run with their rows; None when there are no more."""
    with writing(log) as connection:
        last = _last_of_portion(connection, run_id)
        if last is None:
            return None
        mine = (deliveries.c.run_id == run_id) & (deliveries.c.batch <= last)
        attempted = delete(attempts).where(
            attempts.c.run_id == run_id,
            attempts.c.delivery_id.in_(select(deliveries.c.id).where(mine)),
        )
        made = connection.execute(attempted).rowcount
        owed = connection.execute(delete(deliveries).where(mine)).rowcount
        # The batches go with their rows: those that are left tell what is still to be removed.
        connection.execute(
            delete(batches).where(batches.c.run_id == run_id, batches.c.number <= last)
        )
        return Dropped(owed, made)


def _last_of_portion(connection: Connection, run_id: int) -> int | None:
    """Return the number of the last batch of the next portion."""
    first = (
        select(batches.c.number, batches.c.size)
        .where(batches.c.run_id == run_id)
        .order_by(batches.c.number)
        .limit(BATCHES_AT_ONCE)
    )
    last, size = None, 0
    for number, count in connection.execute(first):
        if last is not None and size + count > PORTION:
            break
        last, size = number, size + count
    return last
