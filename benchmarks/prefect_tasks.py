"""Hookline against a Prefect task run for each user's `render` and `send`."""

from __future__ import annotations

from benchmarks.child import Child
from benchmarks.findings import Findings, rate, told
from benchmarks.measure import interleaved
from benchmarks.stage import Ran, Stage

AT_ONCE = 100


def measure(stage: Stage) -> Findings:
    """Interleave awaited tasks, mapped tasks and ours; the better of the two is the peer."""
    users = stage.sizes.prefect_users
    campaign = stage.campaign(users, tasks_per="batch")
    ours = stage.hookline()
    with stage.peer("prefect_tasks") as peer:
        for way in ("gathered", "mapped"):
            _flow(stage, peer, stage.sizes.warm_users, way)
        runs = interleaved(
            {
                "gathered": lambda: _flow(stage, peer, users, "gathered"),
                "hookline": lambda: stage.send_afresh(ours, campaign, users=users),
                "mapped": lambda: _flow(stage, peer, users, "mapped"),
            },
            repetitions=stage.sizes.repetitions,
        )
    best = max(rate(runs["gathered"]), rate(runs["mapped"]))
    return Findings(
        {"vs_prefect_task_per_user": rate(runs["hookline"]) / best},
        {name: told(several) for name, several in runs.items()},
    )


def _flow(stage: Stage, child: Child, users: int, way: str) -> Ran:
    table = str(stage.users(users))
    return stage.run(child, users=users, table=table, url=stage.url, at_once=AT_ONCE, way=way)
