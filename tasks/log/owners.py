"""Say which process works on what, and tell the living from the dead."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, Double, Row, delete, insert, select, union, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from blocks.delivery_log_tables import batches, host_slots, owners, runs
from tasks.log.transaction import Log, reading, writing

LEASE_SECONDS = 60.0
HEARTBEATS_PER_LEASE = 12


@dataclass(frozen=True, slots=True)
class Process:
    """One incarnation of a process: a pid alone is used again."""

    host: str  # the running machine, or container, and nothing else of the same name
    pid: int
    start: float  # comparable on the same host only


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that takes batches; times by the database's clock."""

    id: int
    process: Process
    heartbeat_at: float
    lease: float  # seconds without a heartbeat after which others may take over
    left_at: float | None


class DatabaseNow(FunctionElement[float]):
    """The database's clock in epoch seconds: one clock for all machines."""

    type = Double()
    inherit_cache = True


@compiles(DatabaseNow, "sqlite")
def _sqlite_now(_element: Any, _compiler: Any, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(DatabaseNow, "postgresql")
def _postgresql_now(_element: Any, _compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)"


def this_process() -> Process:
    """Return the process that asks."""
    start = started(os.getpid())
    assert start is not None, "a running process has a start"
    return Process(host=_host(), pid=os.getpid(), start=start)


def started(pid: int) -> float | None:
    """Return when a process of this host started; None if it is gone, or dead and not reaped."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        # Ticks since the boot where there are any: a wall clock that was set moves create_time.
        if (stat := Path(f"/proc/{pid}/stat")).exists():
            return float(stat.read_text().rpartition(")")[2].split()[19])
        return process.create_time()
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return None


def register(
    log: Log,
    *,
    process: Process,
    lease: float = LEASE_SECONDS,
    flow_run_id: str | None = None,
    run_id: int | None = None,
) -> int:
    """Enter a process and return its owner id; it is alive while its heartbeats come.

    Should it die, `flow_run_id` is what Prefect still takes for running, `run_id` what it sent:
    the run is lost then, until another one works on it and answers for those that died on it.
    """
    with writing(log) as connection:
        if run_id is not None:
            _answer_for_the_dead(connection, run_id)
        owner_id: int = connection.execute(
            insert(owners)
            .values(
                host=process.host,
                pid=process.pid,
                process_start=process.start,
                started_at=DatabaseNow(),
                heartbeat_at=DatabaseNow(),
                lease=lease,
                flow_run_id=flow_run_id,
                run_id=run_id,
            )
            .returning(owners.c.id)
        ).scalar_one()
        return owner_id


def heartbeat(log: Log, *, owner_id: int) -> bool:
    """Renew an owner's lease; False when it has left or was taken over, and must stop."""
    with writing(log) as connection:
        beaten = connection.execute(
            update(owners)
            .where(owners.c.id == owner_id, owners.c.left_at.is_(None))
            .values(heartbeat_at=DatabaseNow())
        )
        return beaten.rowcount == 1


def leave(log: Log, *, owner_id: int) -> None:
    """Say goodbye: whatever this owner still has may be taken over at once."""
    with writing(log) as connection:
        bury(connection, [owner_id])
        # Its flow run ends by itself, and its run was left to whoever is told to go on with it.
        left = {"flow_run_id": None, "run_id": None}
        connection.execute(update(owners).where(owners.c.id == owner_id).values(left))


def is_alive(owner: Owner, *, here: str, start: float | None, now: float) -> bool:
    """Tell whether an owner may still be sending.

    `here` is the asking host, `start` when the process of the owner's pid there started (None:
    there is none), `now` the database's clock. A process that is there and silent is frozen, or
    hangs: it is as dead as one on another machine when its lease is over.
    """
    if owner.left_at is not None:
        return False
    if owner.process.host == here and start != owner.process.start:
        return False
    return now - owner.heartbeat_at < owner.lease


def dead_owners_of(
    log: Log, *, run_id: int, lock: bool = False, by_silence: bool = True
) -> list[Owner]:
    """Return the owners that hold batches of a run, or were planning it, and are dead.

    With `lock`, inside a writing transaction, no heartbeat of theirs comes before its end. Without
    `by_silence` only those that left, or whose process is gone from this host.
    """
    with reading(log) as connection:
        holding = select(batches.c.owner_id).where(
            batches.c.run_id == run_id, batches.c.owner_id.is_not(None)
        )
        planning = select(runs.c.planner_id).where(
            runs.c.id == run_id, runs.c.planner_id.is_not(None)
        )
        # As one list: with two, PostgreSQL reads every owner that there ever was.
        found = (
            select(owners, DatabaseNow().label("now"))
            .where(owners.c.id.in_(union(holding, planning)))
            .order_by(owners.c.id)
        )
        rows = connection.execute(found.with_for_update() if lock else found)
        return [_owner(row) for row in rows if not _lives(row, by_silence=by_silence)]


def is_dead(connection: Connection, *, owner_id: int) -> bool:
    """Tell whether one owner is dead; of this host only who is gone, however silent."""
    row = connection.execute(
        select(owners, DatabaseNow().label("now")).where(owners.c.id == owner_id).with_for_update()
    ).one()
    # Who plans has sent nothing: on its own host it is waited for, lest it wake up and go on.
    return not _lives(row, by_silence=row.host != _host())


def living(connection: Connection, *, owner_ids: Collection[int]) -> set[int]:
    """Return those of these owners that are alive."""
    found = select(owners, DatabaseNow().label("now")).where(owners.c.id.in_(owner_ids))
    return {row.id for row in connection.execute(found) if _lives(row)}


def bury(connection: Connection, owner_ids: list[int]) -> None:
    """Note that owners are gone, so that one that wakes up learns it from its heartbeat."""
    connection.execute(
        update(owners)
        .where(owners.c.id.in_(owner_ids), owners.c.left_at.is_(None))
        .values(left_at=DatabaseNow())
    )
    connection.execute(delete(host_slots).where(host_slots.c.owner_id.in_(owner_ids)))


def _answer_for_the_dead(connection: Connection, run_id: int) -> None:
    found = select(owners, DatabaseNow().label("now")).where(owners.c.run_id == run_id)
    dead = [row.id for row in connection.execute(found) if not _lives(row)]
    if dead:
        connection.execute(update(owners).where(owners.c.id.in_(dead)).values(run_id=None))


def _lives(row: Row[Any], *, by_silence: bool = True) -> bool:
    here = _host()
    start = started(row.pid) if row.host == here else None
    now = row.now if by_silence else row.heartbeat_at
    return is_alive(_owner(row), here=here, start=start, now=now)


def _owner(row: Row[Any]) -> Owner:
    process = Process(host=row.host, pid=row.pid, start=row.process_start)
    return Owner(row.id, process, row.heartbeat_at, row.lease, row.left_at)


def _host() -> str:
    # Two machines may have the same name, and two containers the same pids.
    boot, pids = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    parts = [socket.gethostname()]
    if boot.exists():
        parts.append(boot.read_text().strip())
    if pids.exists():
        parts.append(os.readlink(pids))
    return "/".join(parts)
