"""Move the counters of a run together with its rows, so that progress never counts rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, update

from blocks.delivery_log_tables import runs
from tasks.log.records import Counts, State

_COUNTED = ("delivered", "failed", "suppressed", "held", "in_doubt", "attempts")
_MOVE = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values({name: runs.c[name] + bindparam(f"more_{name}") for name in _COUNTED})
)


def move(
    connection: Connection, *, run_id: int, states: Mapping[State, int], attempts: int = 0
) -> None:
    """Add to the counters of a run; states that have no counter count as pending."""
    more = {f"more_{state.name.lower()}": by for state, by in states.items() if by}
    zero = {f"more_{name}": 0 for name in _COUNTED}
    moved = {name: by for name, by in more.items() if name in zero}
    if moved or attempts:
        connection.execute(_MOVE, {**zero, **moved, "more_attempts": attempts, "run": run_id})


def read(row: Row[Any]) -> Counts:
    """Return the counters of a row of runs."""
    final = row.delivered + row.failed + row.suppressed + row.held
    return Counts(
        audience=row.audience,
        delivered=row.delivered,
        failed=row.failed,
        suppressed=row.suppressed,
        held=row.held,
        in_doubt=row.in_doubt,
        pending=row.audience - final - row.in_doubt,
        attempts=row.attempts,
    )
