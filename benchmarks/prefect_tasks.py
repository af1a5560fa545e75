"""Hookline against a Prefect task run for each user's `render` and `send`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.child import Child
from benchmarks.findings import Findings, rate, told
from benchmarks.measure import interleaved, wait_until_idle
from benchmarks.stage import Ran, Stage

AT_ONCE = 100


def measure(stage: Stage) -> Findings:
    """Find out whether awaited or mapped tasks are faster; interleave those and ours."""
    users = stage.sizes.prefect_users
    campaign = stage.campaign(users, tasks_per="batch")
    ours = stage.hookline()
    with stage.peer("prefect_tasks") as peer:
        scan = {way: _scan(stage, peer, way) for way in ("gathered", "mapped")}
        best = max(scan, key=scan.__getitem__)
        runs = interleaved(
            {
                "prefect_tasks": lambda: _flow(stage, peer, users, best),
                "hookline": lambda: _ours(stage, ours, campaign, users),
            },
            repetitions=stage.sizes.repetitions,
        )
    return Findings(
        {"vs_prefect_task_per_user": rate(runs["hookline"]) / rate(runs["prefect_tasks"])},
        {
            **{name: told(several) for name, several in runs.items()},
            "rate_by_way": scan,
            "way": best,
        },
    )


def _scan(stage: Stage, peer: Child, way: str) -> float:
    """Return the rate of the second of two small runs."""
    return [_flow(stage, peer, stage.sizes.warm_users, way).rate for _ in range(2)][-1]


def _ours(stage: Stage, child: Child, campaign: Path, users: int) -> Ran:
    _quiet(stage)
    return stage.send_afresh(child, campaign, users=users)


def _quiet(stage: Stage) -> None:
    # The server records task runs for a while after the flow that made them.
    for pid in stage.beside.values():
        wait_until_idle(pid)


def _flow(stage: Stage, child: Child, users: int, way: str) -> Ran:
    table = str(stage.users(users))
    _quiet(stage)
    return stage.run(child, users=users, table=table, url=stage.url, at_once=AT_ONCE, way=way)
