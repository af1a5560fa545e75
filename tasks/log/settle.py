"""Record how attempts ended, and what becomes of their deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from blocks.delivery_log_tables import attempts, batches, deliveries
from tasks.log import counters, listed
from tasks.log.bulk import execute_many
from tasks.log.records import Settled, State
from tasks.log.transaction import Log, writing

UNKNOWN = "unknown"

_IN_FLIGHT = (
    select(deliveries.c.id, deliveries.c.attempts)
    .where(
        deliveries.c.id.in_(bindparam("ids", expanding=True)),
        # As a sum, or SQLite prefers the index of the run and reads all of it for a few ids.
        deliveries.c.run_id + 0 == bindparam("run"),
        deliveries.c.owner_id == bindparam("owner"),
        deliveries.c.state == State.IN_FLIGHT,
    )
    # Always in one order, so that two processes wait for each other and never in a circle.
    .order_by(deliveries.c.id)
    .with_for_update()
)
_LAND = """
    UPDATE deliveries
    SET state = listed.new_state, reason = listed.new_reason, due_at = listed.new_due_at,
        status = listed.new_status, owner_id = NULL
    FROM {listed}
    WHERE deliveries.id = listed.delivery AND deliveries.attempts = listed.number
      AND deliveries.run_id + 0 = {run} AND deliveries.owner_id = {owner} AND deliveries.state = 1
"""
_LANDING = {
    "delivery": "int", "number": "int", "new_state": "int", "new_reason": "text",
    "new_due_at": "float", "new_status": "int",
}  # fmt: skip
_RECORD = """
    INSERT INTO attempts (run_id, delivery_id, number, started_at, ended_at, status, error,
                          maybe_received, detail, owner_id)
    SELECT {run}, delivery, number, started_at, ended_at, status, error, maybe_received, detail,
           {owner}
    FROM {listed}
"""
_ATTEMPT = {
    "delivery": "int", "number": "int", "started_at": "float", "ended_at": "float",
    "status": "int", "error": "text", "maybe_received": "bool", "detail": "text",
}  # fmt: skip
_SUPPRESS = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(state=State.SUPPRESSED, reason=bindparam("new_reason"))
)
_CORRECT = (
    update(attempts)
    .where(
        attempts.c.run_id == bindparam("run"),
        attempts.c.delivery_id == bindparam("delivery"),
        attempts.c.number == bindparam("attempt"),
        attempts.c.owner_id == bindparam("owner"),
        attempts.c.error == UNKNOWN,
    )
    .values(
        ended_at=bindparam("new_ended_at"),
        status=bindparam("new_status"),
        error=bindparam("new_error"),
        maybe_received=bindparam("new_maybe_received"),
        detail=bindparam("new_detail"),
    )
)


def settle(log: Log, *, run_id: int, owner_id: int, settled: Sequence[Settled]) -> int:
    """Record attempts that ended, all or none; return for how many the delivery moved.

    An answer that comes after its delivery was taken over is recorded as that attempt's, and
    leaves the delivery as it stands; so does one that is settled twice.
    """
    if not settled:
        return 0
    given = {"run": run_id, "owner": owner_id}
    with writing(log) as connection:
        whole = connection.begin_nested()
        if _land(connection, settled, **given) == len(settled):
            return len(settled)
        # Some came too late, or twice: which ones is looked up only then.
        whole.rollback()
        landed, late = _parted(connection, settled, **given)
        if landed:
            _land(connection, landed, **given)
        if late:
            execute_many(connection, _CORRECT, [_correction(run_id, owner_id, one) for one in late])
        return len(landed)


def suppress(
    log: Log, *, run_id: int, owner_id: int, batch: int, reasons: Iterable[tuple[int, str]]
) -> int:
    """Record deliveries of an own batch that are not to be sent, each with its reason.

    Returns how many there were; those that are final or in flight stay as they are.
    """
    why = dict(reasons)
    if not why:
        return 0
    mine = select(batches.c.number).where(
        batches.c.run_id == run_id, batches.c.number == batch, batches.c.owner_id == owner_id
    )
    waiting = (
        select(deliveries.c.id, deliveries.c.state)
        .where(deliveries.c.run_id == run_id, deliveries.c.batch == batch)
        .where(deliveries.c.id.in_(list(why)))
        .where(deliveries.c.state.in_([State.PENDING, State.IN_DOUBT]))
        .order_by(deliveries.c.id)
        .with_for_update()
    )
    with writing(log) as connection:
        if connection.execute(mine.with_for_update()).one_or_none() is None:
            return 0
        found = connection.execute(waiting).all()
        if not found:
            return 0
        suppressed = [{"delivery": row.id, "new_reason": _storable(why[row.id])} for row in found]
        execute_many(connection, _SUPPRESS, suppressed)
        before = Counter(State(row.state) for row in found)
        states = {state: -count for state, count in before.items()}
        counters.move(connection, run_id=run_id, states={**states, State.SUPPRESSED: len(found)})
        return len(found)


def _parted(
    connection: Connection, settled: Sequence[Settled], *, run: int, owner: int
) -> tuple[list[Settled], list[Settled]]:
    """Part what ended into what its delivery waits for, and what comes too late for it."""
    asked = {"run": run, "owner": owner, "ids": [one.delivery_id for one in settled]}
    flying = {row.id: row.attempts for row in connection.execute(_IN_FLIGHT, asked)}
    landed, late = [], []
    for one in settled:
        if flying.get(one.delivery_id) == one.attempt:
            del flying[one.delivery_id]
            landed.append(one)
        else:
            late.append(one)
    return landed, late


def _land(connection: Connection, settled: Sequence[Settled], *, run: int, owner: int) -> int:
    """Move the deliveries of attempts that ended and record these; return how many moved.

    Where fewer moved than were given, nothing else was written: the caller takes it back.
    """
    given = {"run": run, "owner": owner}
    # Always in one order, so that two processes wait for each other and never in a circle.
    landings = sorted(map(_landing, settled))
    moved = listed.execute(connection, _LAND, columns=_LANDING, rows=landings, **given)
    if moved == len(settled):
        made = [
            (one.delivery_id, one.attempt, one.started_at, one.ended_at, one.status, one.error,
             one.maybe_received, _storable(one.detail))
            for one in settled
        ]  # fmt: skip
        listed.execute(connection, _RECORD, columns=_ATTEMPT, rows=made, **given)
        states = Counter(one.state for one in settled)
        counters.move(connection, run_id=run, states=states, attempts=moved)
    return moved


def _landing(one: Settled) -> tuple[Any, ...]:
    if one.state is State.IN_FLIGHT:
        raise ValueError("an attempt that ended leaves nothing in flight")
    if one.state is State.PENDING and one.due_at is None:
        raise ValueError("a delivery that is owed again needs the time when")
    ended_at = one.started_at if one.ended_at is None else one.ended_at
    due_at = ended_at if one.due_at is None else one.due_at
    return (
        one.delivery_id, one.attempt, int(one.state), _storable(one.reason), due_at, one.status
    )  # fmt: skip


def _correction(run_id: int, owner_id: int, one: Settled) -> dict[str, Any]:
    return {
        "run": run_id,
        "owner": owner_id,
        "delivery": one.delivery_id,
        "attempt": one.attempt,
        "new_ended_at": one.ended_at,
        "new_status": one.status,
        "new_error": one.error,
        # The flag stays on an answered one: the delivery may have been sent again meanwhile.
        "new_maybe_received": one.maybe_received or one.status is not None,
        "new_detail": _storable(one.detail),
    }


def _storable(text: str | None) -> str | None:
    """Return the text without what a database refuses: a receiver's answer may hold anything."""
    if text is None or text.isascii():
        return text and text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    stored = text.encode("utf-8", "replace").decode()
    return stored.replace("\0", "\N{REPLACEMENT CHARACTER}")
