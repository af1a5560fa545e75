"""Find what dead processes left: runs that nobody goes on with, flow runs that only seem to run."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from blocks.delivery_log_tables import owners, runs
from tasks.log.owners import living
from tasks.log.records import Run
from tasks.log.runs import read_runs
from tasks.log.transaction import Log, reading, writing


@dataclass(frozen=True, slots=True)
class Orphan:
    """A flow run whose process died; Prefect still takes it for running."""

    owner_id: int
    flow_run_id: str
    pid: int
    host: str  # name of the machine
    started_at: float  # when it entered the log, in epoch seconds


def lost_runs(log: Log) -> list[Run]:
    """Return the unfinished runs whose senders died, the newest first.

    Not those that somebody is sending, nor those that were stopped: their senders said goodbye.
    """
    lost = (
        select(owners.c.run_id)
        .join(runs, runs.c.id == owners.c.run_id)
        .where(runs.c.finished_at.is_(None), runs.c.wanted == "run")
        .distinct()
    )
    with reading(log) as connection:
        candidates = list(connection.scalars(lost))
        found = select(owners.c.id, owners.c.run_id).where(owners.c.run_id.in_(candidates))
        senders = connection.execute(found).all()
        alive = living(connection, owner_ids=[row.id for row in senders])
        being_sent = {row.run_id for row in senders if row.id in alive}
        dead = [one for one in candidates if one not in being_sent]
        return read_runs(connection, runs.c.id.in_(dead))


def orphans(log: Log) -> list[Orphan]:
    """Return the flow runs that died with their processes, the oldest first.

    Not one that has a living process: it was tried again, or has others that send for it.
    """
    found = select(owners).where(owners.c.flow_run_id.is_not(None)).order_by(owners.c.id)
    with reading(log) as connection:
        rows = connection.execute(found).all()
        alive = living(connection, owner_ids=[row.id for row in rows])
    at_work = {row.flow_run_id for row in rows if row.id in alive}
    return [
        Orphan(row.id, row.flow_run_id, row.pid, row.host.partition("/")[0], row.started_at)
        for row in rows
        if row.flow_run_id not in at_work
    ]


def forget_orphan(log: Log, *, owner_id: int) -> None:
    """Note that Prefect knows how the flow run of a dead process ended."""
    with writing(log) as connection:
        connection.execute(update(owners).where(owners.c.id == owner_id).values(flow_run_id=None))
