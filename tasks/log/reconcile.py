"""Count a run's rows and say what does not add up."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, case, func, select

from blocks.delivery_log_tables import attempts, deliveries, runs
from tasks.log import counters, owners
from tasks.log.records import Counts, State
from tasks.log.transaction import Log, reading


@dataclass(frozen=True, slots=True)
class Balance:
    """What the rows of a run say; without faults every recipient is accounted for."""

    counts: Counts  # counted from the rows
    faults: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Tell whether every recipient has its outcome, its attempts, and is counted once."""
        return not self.faults


def balance(log: Log, *, run_id: int) -> Balance:
    """Hold a run's rows against its frozen audience, its attempts and its counters.

    Of a run whose rows were pruned, the counters are what is left; it balanced before.
    """
    with reading(log) as connection:
        run = connection.execute(select(runs).where(runs.c.id == run_id)).one()
        if run.pruned_at is not None:
            return Balance(counts=counters.read(run), faults=())
        rows = count_rows(connection, run_id=run_id)
        amiss = _rows_amiss(connection, run_id)
    faults = [] if run.planned_at is not None else ["the audience is not frozen"]
    if run.audience != rows.audience:
        faults.append(f"the audience is {run.audience}, there are {rows.audience} recipients")
    if rows.pending:
        faults.append(f"{rows.pending} pending")
    if rows.in_doubt:
        faults.append(f"{rows.in_doubt} in doubt")
    if amiss:
        faults.append(f"{amiss} without all their attempts")
    for name in ("delivered", "failed", "suppressed", "held", "in_doubt", "attempts"):
        counted, found = run._mapping[name], getattr(rows, name)
        if counted != found:
            faults.append(f"{name}: the counter says {counted}, the rows say {found}")
    return Balance(counts=rows, faults=tuple(faults))


def count_rows(log: Log, *, run_id: int) -> Counts:
    """Count a run's deliveries by state, and its attempts."""
    by_state = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.run_id == run_id)
        .group_by(deliveries.c.state)
    )
    made = select(func.count()).select_from(attempts).where(attempts.c.run_id == run_id)
    with reading(log) as connection:
        states = {State(state): count for state, count in connection.execute(by_state)}
        recorded = connection.execute(made).scalar_one()
    counted = dict.fromkeys((field.name for field in fields(Counts)), 0)
    for state, count in states.items():
        name = "pending" if state is State.IN_FLIGHT else state.name.lower()
        counted[name] += count
    return Counts(**{**counted, "audience": sum(states.values()), "attempts": recorded})


def count_lost(log: Log, *, run_id: int) -> int:
    """Count the deliveries in flight whose owner is dead: what a resume will find in doubt."""
    flying = (
        select(deliveries.c.owner_id, func.count())
        .where(deliveries.c.run_id == run_id, deliveries.c.state == State.IN_FLIGHT)
        .group_by(deliveries.c.owner_id)
    )
    with reading(log) as connection:
        dead = {owner.id for owner in owners.dead_owners_of(connection, run_id=run_id)}
        return sum(count for owner, count in connection.execute(flying) if owner in dead)


def _rows_amiss(connection: Connection, run_id: int) -> int:
    """Count the rows whose attempts are not all there; one in flight has one to come."""
    recorded = (
        select(func.count())
        .where(attempts.c.run_id == deliveries.c.run_id, attempts.c.delivery_id == deliveries.c.id)
        .scalar_subquery()
    )
    to_come = case((deliveries.c.state == State.IN_FLIGHT, 1), else_=0)
    unsent = deliveries.c.state.in_([State.DELIVERED, State.FAILED]) & (deliveries.c.attempts == 0)
    return connection.execute(
        select(func.count())
        .select_from(deliveries)
        .where(deliveries.c.run_id == run_id)
        .where((recorded != deliveries.c.attempts - to_come) | unsent)
    ).scalar_one()
