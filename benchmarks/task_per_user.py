"""A pair of task runs for each of 200 users: how long it takes, and how the server is after it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import httpx

from benchmarks.findings import Findings, seconds, told
from benchmarks.stage import Stage, WentWrong

HEALTHY_SECONDS = 60.0


def measure(stage: Stage) -> Findings:
    """Send with two task runs a user; then ask the server how many it recorded until it has all."""
    users = stage.sizes.one_a_task
    campaign = stage.campaign(users, tasks_per="user")
    ours, since = stage.hookline(), datetime.now(UTC)
    runs = [stage.send_afresh(ours, campaign, users=users) for _ in range(stage.sizes.repetitions)]
    expected, began = 2 * users * len(runs), time.monotonic()
    slowest = 0.0
    while (recorded := _completed(stage.api_url, since)) < expected:
        if time.monotonic() - began > HEALTHY_SECONDS:
            raise WentWrong(f"of {expected} task runs the server recorded {recorded}")
        asked = time.monotonic()
        httpx.get(f"{stage.api_url}/health", trust_env=False).raise_for_status()
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.2)
    return Findings(
        {"task_per_user_200_s": seconds(runs)},
        {
            "runs": told(runs),
            "server_recorded_all_after_s": time.monotonic() - began,
            "server_slowest_health_s": slowest,
        },
    )


def _completed(api_url: str, since: datetime) -> int:
    """Count the task runs of users that began since then and are recorded as completed."""
    wanted = {
        "state": {"type": {"any_": ["COMPLETED"]}},
        "start_time": {"after_": since.isoformat()},
        "name": {"like_": "user-"},
    }
    asked = {"task_runs": wanted}
    answer = httpx.post(f"{api_url}/task_runs/count", json=asked, timeout=60, trust_env=False)
    return int(answer.raise_for_status().json())
