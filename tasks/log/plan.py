"""Write down whom a run owes a delivery, part by part, before the first one is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from blocks.delivery_log_tables import batches, deliveries, runs
from blocks.mistake import AuthorMistake
from tasks.log import owners
from tasks.log.bulk import execute_columns
from tasks.log.transaction import Log, writing

_BATCH = insert(batches).inline()
_PENDING = insert(deliveries).inline()


class PlanRefused(Exception):
    """A run cannot be planned: it is already, or another process is at it, or parts are missing."""


def begin_plan(log: Log, *, run_id: int, owner_id: int) -> None:
    """Take the planning of a run, and wipe what a dead planner left: nothing was sent yet.

    Raises PlanRefused when the audience is frozen, or a living owner is planning.
    """
    with writing(log) as connection:
        run = connection.execute(select(runs).where(runs.c.id == run_id).with_for_update()).one()
        if run.planned_at is not None:
            raise PlanRefused("the audience of the run is frozen")
        if run.planner_id not in (None, owner_id):
            if not owners.is_dead(connection, owner_id=run.planner_id):
                raise PlanRefused("another process is planning the run")
            owners.bury(connection, [run.planner_id])
        connection.execute(delete(batches).where(batches.c.run_id == run_id))
        connection.execute(delete(deliveries).where(deliveries.c.run_id == run_id))
        mine = {"planner_id": owner_id, "audience": 0}
        connection.execute(update(runs).where(runs.c.id == run_id).values(mine))


def plan_part(
    log: Log,
    *,
    run_id: int,
    owner_id: int,
    part: int,
    user_ids: Sequence[str],
    batch_size: int,
    due_at: float,
) -> int:
    """Write one pending delivery a user, in the order of the part's rows, and their batches.

    The run's audience tells how many are written so far, for whoever watches. Returns how many
    batches; raises AuthorMistake when a user is in the run already, PlanRefused when the planning
    is not this owner's.
    """
    starts = range(0, len(user_ids), batch_size)
    with writing(log) as connection:
        _require_mine(connection, run_id, owner_id)
        last = select(func.max(batches.c.number)).where(batches.c.run_id == run_id)
        found = connection.scalar(last)
        number = 0 if found is None else found + 1
        execute_columns(
            connection,
            _BATCH,
            {
                "run_id": repeat(run_id),
                "number": range(number, number + len(starts)),
                "part": repeat(part),
                "first": starts,
                "size": [min(batch_size, len(user_ids) - start) for start in starts],
            },
        )
        _insert(connection, run_id, part, number, user_ids, batch_size, due_at)
        so_far = runs.c.audience + len(user_ids)
        connection.execute(update(runs).where(runs.c.id == run_id).values(audience=so_far))
    return len(starts)


def give_up(log: Log, *, run_id: int, owner_id: int) -> None:
    """Give up the planning of a run and wipe what was written of it: nothing was sent yet."""
    with writing(log) as connection:
        _require_mine(connection, run_id, owner_id)
        connection.execute(delete(batches).where(batches.c.run_id == run_id))
        connection.execute(delete(deliveries).where(deliveries.c.run_id == run_id))
        connection.execute(
            update(runs).where(runs.c.id == run_id).values({"planner_id": None, "audience": 0})
        )


def freeze(
    log: Log,
    *,
    run_id: int,
    owner_id: int,
    audience: int,
    now: float,
    funnel: Mapping[str, Any] | None = None,
) -> None:
    """Freeze the audience: from now on nobody is selected for this run.

    `funnel` says how many users each rule took out, as plain values. Raises PlanRefused when the
    planning is not this owner's, or other than `audience` are written.
    """
    with writing(log) as connection:
        _require_mine(connection, run_id, owner_id)
        count = select(func.count()).select_from(deliveries).where(deliveries.c.run_id == run_id)
        written = connection.execute(count).scalar_one()
        if written != audience:
            raise PlanRefused(f"of an audience of {audience} there are {written} written")
        connection.execute(
            update(runs)
            .where(runs.c.id == run_id)
            .values(planned_at=now, audience=audience, planner_id=None, funnel=funnel)
        )


def _require_mine(connection: Connection, run_id: int, owner_id: int) -> None:
    run = connection.execute(select(runs).where(runs.c.id == run_id).with_for_update()).one()
    if run.planner_id != owner_id:
        raise PlanRefused("the planning of the run is another's")


def _insert(
    connection: Connection,
    run_id: int,
    part: int,
    number: int,
    user_ids: Sequence[str],
    batch_size: int,
    due_at: float,
) -> None:
    try:
        execute_columns(
            connection,
            _PENDING,
            {
                "run_id": repeat(run_id),
                "batch": [number + row // batch_size for row in range(len(user_ids))],
                "user_id": user_ids,
                "part": repeat(part),
                "row": range(len(user_ids)),
                "due_at": repeat(due_at),
            },
        )
    except (UnicodeEncodeError, DataError) as error:
        raise AuthorMistake.of("users.id", "a user id holds what is not text") from error
    except IntegrityError as error:
        raise AuthorMistake.of("users.id", "a user id occurs more than once") from error
