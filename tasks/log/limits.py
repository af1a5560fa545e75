"""Share a host's rate and its places in the air between all runs and processes of a log."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from blocks.delivery_log_tables import host_slots, hosts
from tasks.log.owners import DatabaseNow, living
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
        entered = _dialect(connection).insert(hosts)
        entered = entered.values(host=host, free_at=DatabaseNow() + seconds)
        # The clock is read again, because another process may have held the row meanwhile.
        free = case((hosts.c.free_at > DatabaseNow(), hosts.c.free_at), else_=DatabaseNow())
        row = connection.execute(
            entered.on_conflict_do_update(
                index_elements=[hosts.c.host], set_={"free_at": free + seconds}
            ).returning(hosts.c.free_at, DatabaseNow().label("now"))
        ).one()
    return Reservation(row.free_at - seconds, permits, seconds, row.now)


def take_slots(log: Log, *, host: str, owner_id: int, limit: int, wanted: int) -> int:
    """Take up to `wanted` more places in the air to a host; return how many there were.

    All living owners of the log together have `limit` of them at most.
    """
    with writing(log) as connection:
        _hold(connection, host)
        holders: dict[int, int] = {
            row.owner_id: row.slots
            for row in connection.execute(select(host_slots).where(host_slots.c.host == host))
        }
        alive = living(connection, owner_ids=[*holders, owner_id])
        gone = [owner for owner in holders if owner not in alive]
        if gone:
            _drop(connection, host, gone)
        taken = sum(slots for owner, slots in holders.items() if owner in alive)
        granted = max(0, min(wanted, limit - taken)) if owner_id in alive else 0
        if granted:
            _add(connection, host, owner_id, granted)
        return granted


def return_slots(log: Log, *, host: str, owner_id: int, slots: int) -> None:
    """Give places back; those of an owner that was declared dead are gone already."""
    mine = (host_slots.c.host == host) & (host_slots.c.owner_id == owner_id)
    with writing(log) as connection:
        _hold(connection, host)
        connection.execute(update(host_slots).where(mine).values(slots=host_slots.c.slots - slots))
        connection.execute(delete(host_slots).where(mine, host_slots.c.slots <= 0))


def _hold(connection: Connection, host: str) -> None:
    """Let nobody else count the places of a host before this transaction ends."""
    connection.execute(
        _dialect(connection).insert(hosts).values(host=host).on_conflict_do_nothing()
    )
    connection.execute(select(hosts.c.host).where(hosts.c.host == host).with_for_update())


def _drop(connection: Connection, host: str, gone: list[int]) -> None:
    connection.execute(
        delete(host_slots).where(host_slots.c.host == host, host_slots.c.owner_id.in_(gone))
    )


def _add(connection: Connection, host: str, owner_id: int, slots: int) -> None:
    entered = _dialect(connection).insert(host_slots)
    entered = entered.values(host=host, owner_id=owner_id, slots=slots)
    connection.execute(
        entered.on_conflict_do_update(
            index_elements=[host_slots.c.host, host_slots.c.owner_id],
            set_={"slots": host_slots.c.slots + slots},
        )
    )


def _dialect(connection: Connection) -> Any:
    modules: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}
    return modules[connection.dialect.name]
