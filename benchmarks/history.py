"""The same run with an empty log, and with millions of old attempts in it."""

from __future__ import annotations

import time
from pathlib import Path

import sqlalchemy as sa

import hookline
from benchmarks.findings import Findings, seconds, told
from benchmarks.measure import interleaved
from benchmarks.stage import Stage
from blocks.delivery_log_tables import attempts, batches, deliveries, runs

# Columns that number runs and deliveries: a copy of a run has its own.
NUMBERS = {"run_id": runs, "delivery_id": deliveries}


def measure(stage: Stage) -> Findings:
    """Let one real run become history, multiplied; then interleave runs beside and without it."""
    users = stage.sizes.users
    campaign = stage.campaign(users)
    ours = stage.hookline()
    with stage.log() as log:
        url = f"sqlite:///{log}"
        first = stage.send(ours, campaign, users=users, log=url)
        began = time.perf_counter()
        old = multiply(log, times=max(1, round(stage.sizes.old_attempts / users)))
        writing = time.perf_counter() - began
        size = log.stat().st_size
        stage.send(ours, campaign, users=users, log=url)
        measured = interleaved(
            {
                "empty": lambda: stage.send_afresh(ours, campaign, users=users),
                "history": lambda: stage.send(ours, campaign, users=users, log=url),
            },
            repetitions=stage.sizes.repetitions,
        )
    return Findings(
        {"history_vs_empty": seconds(measured["history"]) / seconds(measured["empty"])},
        {
            **{name: told(several) for name, several in measured.items()},
            "first": told([first]),
            "old_attempts": old,
            "writing_them_s": writing,
            "log_bytes": size,
        },
    )


def multiply(log: Path, *, times: int) -> int:
    """Copy all runs of a log, with batches, deliveries and attempts, so often; count attempts.

    The rows are those that a real run wrote, under other numbers and run keys.
    """
    engine = hookline.DeliveryLog(url=f"sqlite:///{log}").open()
    with engine.begin() as connection:
        tops = {
            name: connection.scalar(sa.select(sa.func.max(table.c.id)))
            for name, table in NUMBERS.items()
        }
        for copy in range(1, times):
            for table in (runs, batches, deliveries, attempts):
                connection.execute(_copied(table, tops, copy))
    with engine.connect() as connection:
        counted = connection.scalar(sa.select(sa.func.count()).select_from(attempts))
    engine.dispose()
    return int(counted or 0)


def _copied(table: sa.Table, tops: dict[str, int], copy: int) -> sa.Insert:
    """Return the statement that copies the rows of the first runs under new numbers."""
    own = {runs: "run_id", deliveries: "delivery_id"}
    chosen: list[sa.ColumnElement[object]] = []
    for column in table.columns:
        kind = own.get(table, "") if column.name == "id" else column.name
        if kind in NUMBERS:
            chosen.append(column + tops[kind] * copy)
        elif column.name == "run_key":
            chosen.append(column + f"-{copy}")
        else:
            chosen.append(column)
    first = table.c.id if table is runs else table.c.run_id
    return sa.insert(table).from_select(
        [column.name for column in table.columns],
        sa.select(*chosen).where(first <= tops["run_id"]),
    )
