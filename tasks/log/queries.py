"""Read what a run did: by status, by reason, delivery by delivery, and one user's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, func, select, tuple_

from blocks.delivery_log_tables import attempts, deliveries
from tasks.log.records import Attempt, Delivery, Run, State
from tasks.log.transaction import Log, reading

PAGE = 1000

_DELIVERY = [deliveries.c[field.name] for field in fields(Delivery)]
_ATTEMPT = [attempts.c[field.name] for field in fields(Attempt)]


@dataclass(frozen=True, slots=True)
class Reason:
    """How many deliveries stand in a state for one reason."""

    state: State
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class History:
    """A delivery, and its attempts in their order."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]


def by_status(log: Log, *, run_id: int) -> dict[str, int]:
    """Count a run's attempts by status code, or by error where no answer came; most first."""
    grouped = (
        select(attempts.c.status, attempts.c.error, func.count())
        .where(attempts.c.run_id == run_id)
        .group_by(attempts.c.status, attempts.c.error)
    )
    counts: dict[str, int] = {}
    with reading(log) as connection:
        for status, error, count in connection.execute(grouped):
            name = str(status) if status is not None else error or "unknown"
            counts[name] = counts.get(name, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def reasons(log: Log, *, run_id: int, limit: int = 100) -> list[Reason]:
    """Count a run's deliveries that have a reason by state and reason, most first."""
    count = func.count().label("count")
    grouped = (
        select(deliveries.c.state, deliveries.c.reason, count)
        .where(deliveries.c.run_id == run_id, deliveries.c.reason.is_not(None))
        .group_by(deliveries.c.state, deliveries.c.reason)
        .order_by(count.desc(), deliveries.c.state, deliveries.c.reason)
        .limit(limit)
    )
    with reading(log) as connection:
        return [Reason(State(row[0]), row[1], row[2]) for row in connection.execute(grouped)]


def list_deliveries(
    log: Log,
    *,
    run_id: int,
    state: State | None = None,
    status: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[Delivery]:
    """Yield a run's deliveries in the order of its audience, page by page from the log."""
    # In the order of the index of batches, which is that of the audience, nothing is sorted.
    place = tuple_(deliveries.c.batch, deliveries.c.id)
    chosen = (
        select(*_DELIVERY, deliveries.c.batch)
        .where(deliveries.c.run_id == run_id)
        .order_by(deliveries.c.batch, deliveries.c.id)
    )
    if state is not None:
        chosen = chosen.where(deliveries.c.state == state)
    if status is not None:
        chosen = chosen.where(deliveries.c.status == status)
    last, skip, left = (0, 0), offset, limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        # No transaction stays open while the caller works with a page.
        with reading(log) as connection:
            after = chosen.where(place > last).limit(size).offset(skip)
            page: Any = connection.execute(after).all()
        yield from (_delivery(row) for row in page)
        if len(page) < size:
            return
        last, skip = (page[-1].batch, page[-1].id), 0
        left = None if left is None else left - size


def history(log: Log, *, run_id: int, user_id: str, trigger_id: str = "") -> History | None:
    """Return what happened to one user in a run; None when the user is not in it."""
    one = select(*_DELIVERY).where(
        deliveries.c.run_id == run_id,
        deliveries.c.user_id == user_id,
        deliveries.c.trigger_id == trigger_id,
    )
    with reading(log) as connection:
        row = connection.execute(one).one_or_none()
        if row is None:
            return None
        made = connection.execute(
            select(*_ATTEMPT)
            .where(attempts.c.run_id == run_id, attempts.c.delivery_id == row.id)
            .order_by(attempts.c.number)
        )
        return History(_delivery(row), tuple(Attempt(*found) for found in made))


def duration(run: Run, *, now: float) -> float:
    """Return the seconds from the start of a run to its end, or to `now`."""
    return (now if run.finished_at is None else run.finished_at) - run.started_at


def _delivery(row: Row[Any]) -> Delivery:
    values = {field.name: row._mapping[field.name] for field in fields(Delivery)}
    return Delivery(**{**values, "state": State(row.state)})
