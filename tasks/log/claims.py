"""Take batches, and claim attempts before they are made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, update

from blocks.delivery_log_tables import batches, deliveries, owners, runs
from tasks.log import counters, listed
from tasks.log.owners import living as alive_of
from tasks.log.records import Batch, Owed, State
from tasks.log.transaction import Log, reading, writing

_OWED = [deliveries.c[name] for name in Owed._fields]  # the state is the last
_NOT_FINAL = deliveries.c.state < State.DELIVERED
_MINE = (
    select(batches.c.number)
    .join(runs, runs.c.id == batches.c.run_id)
    .where(
        batches.c.run_id == bindparam("run"),
        batches.c.number == bindparam("number"),
        batches.c.owner_id == bindparam("owner"),
        runs.c.wanted == "run",
    )
    # Held until the attempts are written, so that nobody takes the batch over in between.
    .with_for_update(of=batches)
)
_BEGIN = """
    UPDATE deliveries
    SET state = 1, attempts = attempts + 1, owner_id = {owner}, begun_at = {now}
    WHERE id IN (SELECT delivery FROM {listed})
      AND run_id + 0 = {run} AND batch + 0 = {number} AND state = {before}
"""  # as sums, or SQLite prefers the index of the batch and reads all of it for a few ids
_UNBEGIN = """
    UPDATE deliveries
    SET state = {before}, attempts = attempts - 1, owner_id = NULL
    WHERE id IN (SELECT delivery FROM {listed})
      AND run_id + 0 = {run} AND owner_id = {owner} AND state = 1
"""
_DELIVERY = {"delivery": "int"}
_STATES = (
    select(deliveries.c.id, deliveries.c.state)
    .where(deliveries.c.run_id == bindparam("run"), deliveries.c.batch == bindparam("number"))
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .with_for_update()
)


def take_batch(log: Log, *, run_id: int, owner_id: int) -> Batch | None:
    """Take the first batch that nobody has; None when there is none, or the run is to stop.

    An owner that has left, or was declared dead, gets none.
    """
    with writing(log) as connection:
        wanted = exists().where(
            runs.c.id == run_id, runs.c.wanted == "run", runs.c.planned_at.is_not(None)
        )
        alive = exists().where(owners.c.id == owner_id, owners.c.left_at.is_(None))
        row = connection.execute(
            select(batches)
            .where(batches.c.run_id == run_id)
            .where(batches.c.owner_id.is_(None), batches.c.closed.is_(False))
            .where(wanted, alive)
            .order_by(batches.c.number)
            .limit(1)
            .with_for_update(of=batches, skip_locked=True)
        ).one_or_none()
        if row is None:
            return None
        connection.execute(
            update(batches)
            .where(batches.c.run_id == run_id, batches.c.number == row.number)
            .values(owner_id=owner_id)
        )
        return Batch(run_id, row.number, row.part, row.first, row.size)


def owed(log: Log, *, run_id: int, batch: int) -> list[Owed]:
    """Return the deliveries of a batch that are not final, in the order of their rows."""
    statement = (
        select(*_OWED)
        .where(deliveries.c.run_id == run_id, deliveries.c.batch == batch, _NOT_FINAL)
        .order_by(deliveries.c.id)
    )
    with reading(log) as connection:
        found: Any = connection.execute(statement)
        return [Owed(*(*row[:-1], State(row[-1]))) for row in found]


def begin(
    log: Log,
    *,
    run_id: int,
    owner_id: int,
    batch: int,
    delivery_ids: Collection[int],
    now: float,
) -> set[int]:
    """Write the next attempt of deliveries as begun; return those that may be sent now.

    The others are final or in flight; all are refused when the batch is not the owner's any more
    or the run is to stop.
    """
    if not delivery_ids:
        return set()
    given = {"run": run_id, "number": batch, "owner": owner_id}
    asked = set(delivery_ids)
    with writing(log) as connection:
        if connection.execute(_MINE, given).one_or_none() is None:
            return set()
        whole = connection.begin_nested()
        if _begin(connection, asked, before=State.PENDING, now=now, **given) == len(asked):
            return asked
        # Some are not simply waiting: which ones is looked up only then.
        whole.rollback()
        found = connection.execute(_STATES, {**given, "ids": list(asked)})
        states = {row.id: row.state for row in found}
        waiting, doubtful = (
            {one for one, state in states.items() if state == before}
            for before in (State.PENDING, State.IN_DOUBT)
        )
        _begin(connection, waiting, before=State.PENDING, now=now, **given)
        _begin(connection, doubtful, before=State.IN_DOUBT, now=now, **given)
        counters.move(connection, run_id=run_id, states={State.IN_DOUBT: -len(doubtful)})
        return waiting | doubtful


def _begin(connection: Connection, ids: Collection[int], **given: Any) -> int:
    # Always in one order, so that two processes wait for each other and never in a circle.
    rows = [(one,) for one in sorted(ids)]
    return listed.execute(connection, _BEGIN, columns=_DELIVERY, rows=rows, **given)


def unbegin(
    log: Log, *, run_id: int, owner_id: int, delivery_ids: Collection[int], before: State
) -> int:
    """Take back attempts that were begun and not made; return for how many deliveries.

    They are in the state `before` again, and owed at the time they were owed. What was taken over
    meanwhile stays as it is.
    """
    rows = [(one,) for one in sorted(set(delivery_ids))]
    with writing(log) as connection:
        given = {"run": run_id, "owner": owner_id, "before": before}
        back = listed.execute(connection, _UNBEGIN, columns=_DELIVERY, rows=rows, **given)
        counters.move(connection, run_id=run_id, states={before: back})
        return back


def close_batch(log: Log, *, run_id: int, owner_id: int, batch: int) -> bool:
    """Close a batch of which nothing is owed any more; tell whether it is closed now."""
    left = exists().where(deliveries.c.run_id == run_id, deliveries.c.batch == batch, _NOT_FINAL)
    with writing(log) as connection:
        closed = connection.execute(
            update(batches)
            .where(batches.c.run_id == run_id, batches.c.number == batch)
            .where(batches.c.owner_id == owner_id, ~left)
            .values(closed=True, owner_id=None)
        )
        return closed.rowcount == 1


def release_batches(log: Log, *, owner_id: int) -> int:
    """Give back the batches of an owner of which nothing is in flight; return how many."""
    in_flight = exists().where(
        deliveries.c.run_id == batches.c.run_id,
        deliveries.c.batch == batches.c.number,
        deliveries.c.state == State.IN_FLIGHT,
    )
    with writing(log) as connection:
        released = connection.execute(
            update(batches).where(batches.c.owner_id == owner_id, ~in_flight).values(owner_id=None)
        )
        return released.rowcount


def others_hold(log: Log, *, run_id: int, owner_id: int) -> bool:
    """Tell whether other senders hold batches of a run that may have to be taken over."""
    with reading(log) as connection:
        held = exists().where(
            batches.c.run_id == run_id,
            batches.c.closed.is_(False),
            batches.c.owner_id.is_not(None),
            batches.c.owner_id != owner_id,
        )
        return bool(connection.scalar(select(held)))


def living_others_hold(log: Log, *, run_id: int, owner_id: int) -> bool:
    """Tell whether other senders that are alive hold batches of a run."""
    holding = select(batches.c.owner_id).where(
        batches.c.run_id == run_id,
        batches.c.owner_id.is_not(None),
        batches.c.owner_id != owner_id,
    )
    with reading(log) as connection:
        holders = set(connection.scalars(holding.distinct()))
        return bool(alive_of(connection, owner_ids=holders))
