"""Write down the audience of a run before anything is sent: rows, batches and snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from blocks.user_table import PART_ROWS
from tasks.log import plan, snapshot
from tasks.log.records import Run
from tasks.segment.funnel import Funnel
from tasks.segment.selection import Selected

if TYPE_CHECKING:
    from sqlalchemy import Engine


def freeze_audience(
    engine: Engine,
    selected: Iterable[Selected],
    *,
    run: Run,
    owner: int,
    id_column: str,
    seen: Sequence[str],
    recipients_per_task: Callable[[int], int],
    now: float,
    part_rows: int = PART_ROWS,
    warnings: Callable[[Funnel], Sequence[str]] = lambda funnel: (),
) -> Sequence[str]:
    """Write a pending delivery for every user selected, with a snapshot and the funnel; freeze it.

    What was `selected` comes in parts of any size, and is written in parts of `part_rows` or
    somewhat more, each in one transaction and one file. `recipients_per_task` says how many share
    a batch in an audience of a size, and changes nothing beyond `part_rows`. What is to be known
    of the selection, by its funnel, is kept with the run and returned. The planning of the run
    must be this owner's. Raises PlanRefused when it is not any more.
    """
    assert run.snapshot is not None, "a run that is not planned has its snapshot to come"
    snapshot.remove(run.snapshot)  # what a dead planner left
    size = batch_size = 0
    funnels: list[Funnel] = []
    for part, rows in enumerate(_gathered(_users(selected, funnels), part_rows)):
        # The first part is the whole audience, or more than the size of a batch depends on.
        batch_size = batch_size or recipients_per_task(len(rows))
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
        size += len(rows)
    funnel = sum(funnels, Funnel())
    known = list(warnings(funnel))
    told = funnel.as_dict() | ({"warnings": known} if known else {})
    plan.freeze(engine, run_id=run.id, owner_id=owner, audience=size, now=now, funnel=told)
    return known


def give_up(engine: Engine, *, run: Run, owner: int) -> None:
    """Wipe what was written of a plan that a mistake in the table ended: nothing was sent yet."""
    plan.give_up(engine, run_id=run.id, owner_id=owner)
    assert run.snapshot is not None, "a run that is not planned has its snapshot to come"
    snapshot.remove(run.snapshot)


def _users(selected: Iterable[Selected], funnels: list[Funnel]) -> Iterator[pd.DataFrame]:
    """Yield the users of each part, and add its funnel to those of the others."""
    for part in selected:
        funnels.append(part.funnel)
        yield part.users


def _gathered(parts: Iterable[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    """Join what was selected of each part of the table, until it is worth a part of the plan."""
    held: list[pd.DataFrame] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count >= rows:
            yield pd.concat(held)
            held, count = [], 0
    if count:
        yield pd.concat(held)
