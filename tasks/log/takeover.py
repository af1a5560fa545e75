"""Take over what dead processes left, so that nobody is lost and nothing is sent unflagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from blocks.delivery_log_tables import attempts, batches, deliveries
from tasks.log import counters, owners
from tasks.log.bulk import execute_many
from tasks.log.records import State
from tasks.log.settle import UNKNOWN
from tasks.log.transaction import Log, writing

BATCHES_AT_ONCE = 1000

_RECORD = insert(attempts).inline()
_SETTLE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        due_at=bindparam("new_due_at"),
        status=None,
        owner_id=None,
    )
)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What was found with the dead, and what became of it."""

    owners: int = 0
    batches: int = 0
    in_doubt: int = 0  # to be sent again, with the same id
    held: int = 0
    failed: int = 0  # no attempt left in the round


def take_over(
    log: Log,
    *,
    run_id: int,
    policy: Literal["resend", "hold"],
    attempt_limit: int,
    now: float,
    by_silence: bool = True,
) -> TakenOver:
    """Free a run's batches of dead owners, and record their lost attempts as `unknown`.

    A delivery whose attempt was lost is in doubt and owed at once; with `hold` it is held; when
    the attempts of its round, at most `attempt_limit`, are used up it has failed. Without
    `by_silence` an owner whose lease is over is not dead yet, unless its process is gone.
    """
    with writing(log) as connection:
        found = owners.dead_owners_of(connection, run_id=run_id, lock=True, by_silence=by_silence)
        dead = [one.id for one in found]
        if not dead:
            return TakenOver()
        owners.bury(connection, dead)
        theirs = (batches.c.run_id == run_id) & batches.c.owner_id.in_(dead)
        # The batches first: a begin of the dead that is under way is waited for and then seen.
        held = connection.scalars(select(batches.c.number).where(theirs).with_for_update()).all()
        lost = [row for some in _in_pieces(held) for row in _lost(connection, run_id, some, dead)]
        connection.execute(update(batches).where(theirs).values(owner_id=None))
        fates = [_fate(row, policy, attempt_limit, now) for row in lost]
        if lost:
            execute_many(connection, _RECORD, [_unknown(row) for row in lost])
            execute_many(connection, _SETTLE, fates)
        states: Counter[State] = Counter(fate["new_state"] for fate in fates)
        counters.move(connection, run_id=run_id, states=states, attempts=len(lost))
        return TakenOver(
            owners=len(dead),
            batches=len(held),
            in_doubt=states[State.IN_DOUBT],
            held=states[State.HELD],
            failed=states[State.FAILED],
        )


def _in_pieces(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    # A sender may hold every batch of a run, and a statement takes so many values and no more.
    for start in range(0, len(numbers), BATCHES_AT_ONCE):
        yield numbers[start : start + BATCHES_AT_ONCE]


def _lost(
    connection: Connection, run_id: int, numbers: Sequence[int], dead: list[int]
) -> Sequence[Row[Any]]:
    return connection.execute(
        select(deliveries)
        .where(deliveries.c.run_id == run_id, deliveries.c.batch.in_(numbers))
        .where(deliveries.c.state == State.IN_FLIGHT, deliveries.c.owner_id.in_(dead))
        .order_by(deliveries.c.id)
        .with_for_update()
    ).all()


def _fate(row: Row[Any], policy: str, attempt_limit: int, now: float) -> dict[str, Any]:
    used = row.attempts - row.earlier_attempts
    state, reason = State.IN_DOUBT, None
    if policy == "hold":
        state, reason = State.HELD, "in_doubt"
    elif used >= attempt_limit:
        state, reason = State.FAILED, f"{UNKNOWN}, {used} attempts"
    return {"delivery": row.id, "new_state": state, "new_reason": reason, "new_due_at": now}


def _unknown(row: Row[Any]) -> dict[str, Any]:
    return {
        "run_id": row.run_id,
        "delivery_id": row.id,
        "number": row.attempts,
        "started_at": row.begun_at,
        "ended_at": None,
        "status": None,
        "error": UNKNOWN,
        "maybe_received": True,
        "detail": None,
        "owner_id": row.owner_id,
    }
