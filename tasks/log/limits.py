"""Share a host's rate between all runs and processes of a log."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Table, case, select
from sqlalchemy.dialects import postgresql, sqlite

from blocks.delivery_log_tables import hosts
from tasks.log.owners import DatabaseNow
from tasks.log.transaction import Log, writing

SLICE_SECONDS = 0.2
LATE_SECONDS = 0.2
"""A permit that is used so late is still within what `steady` allows for."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A window of a host's timeline: `permits` requests, evenly over `seconds`."""

    start: float  # by the database's clock
    permits: int
    seconds: float
    now: float  # the database's clock when it was made

    @property
    def wait(self) -> float:
        """Return the seconds from when it was made to its start."""
        return max(0.0, self.start - self.now)


def steady(rate: float) -> float:
    """Return how many permits a second keep any 10 s within 1.05 times `rate`.

    Requests are whole and may start LATE_SECONDS late, so a small rate must be a little smaller;
    it loses 4 % at most.
    """
    if rate < 1:
        return rate
    most = math.floor(10.5 * rate + 1e-9)
    return min(rate, max(most / (10 + LATE_SECONDS), 0.96 * rate))


def reserve(
    log: Log, *, host: str, rate: float, most: int, slice_seconds: float = SLICE_SECONDS
) -> Reservation:
    """Reserve up to `most` requests to a host, and no more than `slice_seconds` are worth.

    One statement moves the host's timeline on. Campaigns with different rates share it: each moves
    it by what its own rate makes of its permits.
    """
    allowed = steady(rate)
    permits = min(most, max(1, int(allowed * slice_seconds)))
    seconds = permits / allowed
    with writing(log) as connection:
        entered = insert(connection, hosts).values(host=host, free_at=DatabaseNow() + seconds)
        # The clock is read again, because another process may have held the row meanwhile.
        free = case((hosts.c.free_at > DatabaseNow(), hosts.c.free_at), else_=DatabaseNow())
        row = connection.execute(
            entered.on_conflict_do_update(
                index_elements=[hosts.c.host], set_={"free_at": free + seconds}
            ).returning(hosts.c.free_at, DatabaseNow().label("now"))
        ).one()
    return Reservation(row.free_at - seconds, permits, seconds, row.now)


def hold(connection: Connection, host: str) -> None:
    """Let nobody else count what a host has in the air before this transaction ends."""
    connection.execute(insert(connection, hosts).values(host=host).on_conflict_do_nothing())
    connection.execute(select(hosts.c.host).where(hosts.c.host == host).with_for_update())


def insert(connection: Connection, table: Table) -> Any:
    """Return an INSERT of the connection's database that can tell what to do on a conflict."""
    modules: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}
    return modules[connection.dialect.name].insert(table)
