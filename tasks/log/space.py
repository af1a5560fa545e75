"""Tell how much room the log takes, and give back what nothing uses any more."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, case, func, select, text

from blocks.delivery_log_tables import meta, runs, schema
from tasks.log.transaction import Log, reading

# Pages of a SQLite file that are given back while the write lock is held: some 10 ms.
PAGES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a log, and the room it takes; sizes in bytes."""

    schema: int
    size: int
    free: int  # of the size: what was pruned and not given back to the disk
    runs: int
    unfinished: int
    pruned: int
    deliveries: int
    attempts: int
    oldest: float | None  # when the first run began that still has its recipients

    @property
    def bytes_per_delivery(self) -> int | None:
        """Return the room that a delivery takes with its attempts and indexes."""
        return round((self.size - self.free) / self.deliveries) if self.deliveries else None


def contents(log: Log) -> Contents:
    """Return what is in a log, from the counters of its runs: no rows are counted."""
    kept = runs.c.pruned_at.is_(None)
    counted = select(
        func.count(),
        func.count().filter(runs.c.finished_at.is_(None)),
        func.count().filter(~kept),
        func.coalesce(func.sum(case((kept, runs.c.audience), else_=0)), 0),
        func.coalesce(func.sum(case((kept, runs.c.attempts), else_=0)), 0),
        func.min(case((kept, runs.c.started_at))),
    )
    with reading(log) as connection:
        size, free = _room(connection)
        version = connection.execute(select(meta.c.schema_version)).scalar_one()
        return Contents(version, size, free, *connection.execute(counted).one())


def shrink(log: Engine) -> bool:
    """Give what is free in a SQLite file back to the disk; False when the file does not do that.

    In portions, between which senders write. PostgreSQL uses free room again by itself.
    """
    if log.dialect.name != "sqlite":
        return True
    while before := _free_pages(log):
        began = time.monotonic()
        with closing(log.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            # As a script: the driver steps it to its end, where otherwise it gives back one page.
            cursor.executescript(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")
        took = time.monotonic() - began
        if _free_pages(log) >= before:
            return False
        time.sleep(took)
    with closing(log.raw_connection()) as raw, closing(raw.cursor()) as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def _room(connection: Connection) -> tuple[int, int]:
    """Return the size of the log, and how much of it is free."""
    if connection.dialect.name == "sqlite":
        names = ("page_size", "page_count", "freelist_count")
        page, count, free = (_pragma(connection, name) for name in names)
        return page * count, page * free
    # The database may be shared with others: only our tables, with their indexes.
    size = text("SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::bigint "
                "FROM unnest(CAST(:names AS text[])) AS name")  # fmt: skip
    return connection.execute(size, {"names": list(schema.tables)}).scalar_one(), 0


def _free_pages(log: Engine) -> int:
    with reading(log) as connection:
        return _pragma(connection, "freelist_count")


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
