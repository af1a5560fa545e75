"""End to end in one process, against the bare loop and the script one would write."""

from __future__ import annotations

from benchmarks.child import Child
from benchmarks.findings import Findings, cpu_per_1000, rate, told
from benchmarks.measure import interleaved
from benchmarks.stage import Ran, Stage

# As many requests in the air as a campaign's default has.
AT_ONCE = 100
SCRIPT_AT_ONCE = (1, 5, 20, AT_ONCE)


def measure(stage: Stage) -> Findings:
    """Interleave all three; the script runs at whichever of its numbers of connections is best."""
    users, fewer = stage.sizes.users, stage.sizes.script_users
    campaign = stage.campaign(users)
    ours = stage.hookline()
    with stage.peer("aiohttp_loop") as loop, stage.peer("httpx_script") as script:
        scan = {
            at_once: _post(stage, script, stage.sizes.script_scan_users, at_once).rate
            for at_once in SCRIPT_AT_ONCE
        }
        best = max(scan, key=scan.__getitem__)
        runs = interleaved(
            {
                "aiohttp_loop": lambda: _post(stage, loop, users, AT_ONCE),
                "hookline": lambda: stage.send_afresh(ours, campaign, users=users),
                "httpx_script": lambda: _post(stage, script, fewer, best),
            },
            repetitions=stage.sizes.repetitions,
        )
    return Findings(
        {
            "one_process_vs_aiohttp_loop": rate(runs["hookline"]) / rate(runs["aiohttp_loop"]),
            "one_process_vs_httpx_script": rate(runs["hookline"]) / rate(runs["httpx_script"]),
            "cpu_s_per_1000": cpu_per_1000(runs["hookline"]),
        },
        {
            **{name: told(several) for name, several in runs.items()},
            "httpx_script_rate_by_connections": scan,
            "httpx_script_connections": best,
        },
    )


def _post(stage: Stage, child: Child, users: int, at_once: int) -> Ran:
    table = str(stage.users(users))
    return stage.run(child, users=users, table=table, url=stage.url, at_once=at_once)
