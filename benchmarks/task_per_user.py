"""A pair of task runs for each of 200 users: how long it takes, and how the server is after it."""

from __future__ import annotations

import time

import httpx

from benchmarks.findings import Findings, seconds, told
from benchmarks.stage import Stage, WentWrong

HEALTHY_SECONDS = 60.0


def measure(stage: Stage) -> Findings:
    """Send with a task run a user; then ask the server how many it has recorded until it has all.

    A run makes two task runs a user, and a few for itself.
    """
    users = stage.sizes.one_a_task
    campaign = stage.campaign(users, tasks_per="user")
    ours, before = stage.hookline(), _ended(stage.api_url)
    runs = [stage.send_afresh(ours, campaign, users=users) for _ in range(stage.sizes.repetitions)]
    expected, began = before + 2 * users * len(runs), time.monotonic()
    slowest = 0.0
    while _ended(stage.api_url) < expected:
        if time.monotonic() - began > HEALTHY_SECONDS:
            raise WentWrong(f"the server did not record {expected} task runs")
        asked = time.monotonic()
        httpx.get(f"{stage.api_url}/health", trust_env=False).raise_for_status()
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.2)
    return Findings(
        {f"task_per_user_{users}_s": seconds(runs)},
        {
            "runs": told(runs),
            "server_recorded_all_after_s": time.monotonic() - began,
            "server_slowest_health_s": slowest,
        },
    )


def _ended(api_url: str) -> int:
    asked = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    answer = httpx.post(f"{api_url}/task_runs/count", json=asked, timeout=60, trust_env=False)
    return int(answer.raise_for_status().json())
