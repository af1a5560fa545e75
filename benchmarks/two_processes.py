"""Two sending processes against one, with the log in SQLite and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.findings import Findings, cpu_per_1000, rate, told
from benchmarks.measure import interleaved
from benchmarks.postgres import postgres
from benchmarks.stage import Ran, Stage


def measure(stage: Stage) -> Findings:
    """Interleave one and two processes on each log; the figure held to is that in PostgreSQL."""
    with postgres() as (pid, new_log):
        on_postgres = replace(stage, beside={**stage.beside, "postgresql": pid})
        ours, users = stage.hookline(), stage.sizes.users
        campaign = stage.campaign(users)

        def sqlite(workers: int) -> Ran:
            return stage.send_afresh(ours, campaign, users=users, workers=workers)

        def postgresql(workers: int) -> Ran:
            log = new_log()
            return on_postgres.send(ours, campaign, users=users, log=log, workers=workers)

        runs = interleaved(
            {
                "sqlite_one": lambda: sqlite(1),
                "sqlite_two": lambda: sqlite(2),
                "postgresql_one": lambda: postgresql(1),
                "postgresql_two": lambda: postgresql(2),
            },
            repetitions=stage.sizes.repetitions,
        )
    return Findings(
        {
            "two_processes_vs_one_sqlite": rate(runs["sqlite_two"]) / rate(runs["sqlite_one"]),
            "two_processes_vs_one": (rate(runs["postgresql_two"]) / rate(runs["postgresql_one"])),
            "cpu_s_per_1000_postgresql": cpu_per_1000(runs["postgresql_one"]),
        },
        {name: told(several) for name, several in runs.items()},
    )
