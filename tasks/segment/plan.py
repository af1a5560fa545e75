"""Write down the audience of a run before anything is sent: rows, batches and snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from tasks.log import plan, snapshot
from tasks.log.records import Run

if TYPE_CHECKING:
    from sqlalchemy import Engine

# Rows of one snapshot part, and of one transaction of the plan.
PART_ROWS = 50_000


def freeze_audience(
    engine: Engine,
    audience: pd.DataFrame,
    *,
    run: Run,
    owner: int,
    id_column: str,
    seen: Sequence[str],
    batch_size: int,
    now: float,
) -> None:
    """Write a pending delivery for every row of the audience, its snapshot, and freeze both.

    The planning of the run must be this owner's. Raises PlanRefused when it is not any more.
    """
    assert run.snapshot is not None, "a run that is not planned has its snapshot to come"
    for part, start in enumerate(range(0, len(audience), PART_ROWS)):
        rows = audience.iloc[start : start + PART_ROWS]
        snapshot.write_part(run.snapshot, part=part, frame=rows[list(seen)])
        plan.plan_part(
            engine,
            run_id=run.id,
            owner_id=owner,
            part=part,
            user_ids=rows[id_column].tolist(),
            batch_size=batch_size,
            due_at=now,
        )
    plan.freeze(engine, run_id=run.id, owner_id=owner, audience=len(audience), now=now)
