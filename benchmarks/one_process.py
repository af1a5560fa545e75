"""End to end in one process, against the bare loop and the script one would write."""

from __future__ import annotations

from benchmarks.child import Child
from benchmarks.findings import Findings, cpu_per_1000, rate, told
from benchmarks.measure import interleaved
from benchmarks.stage import Ran, Stage

# The last is as many requests in the air as a campaign's default has, which is Hookline's number.
CONNECTIONS = {"aiohttp_loop": (20, 50, 100), "httpx_script": (1, 5, 20, 100)}
OURS = 100


def measure(stage: Stage) -> Findings:
    """Interleave all three; each peer runs at whichever number of connections is its best."""
    users, fewer = stage.sizes.users, stage.sizes.script_users
    campaign = stage.campaign(users)
    ours = stage.hookline()
    with stage.peer("aiohttp_loop") as loop, stage.peer("httpx_script") as script:
        scans = {peer.name: _scan(stage, peer) for peer in (loop, script)}
        best = {name: max(scan, key=scan.__getitem__) for name, scan in scans.items()}
        runs = interleaved(
            {
                "aiohttp_loop": lambda: _post(stage, loop, users, best["aiohttp_loop"]),
                "hookline": lambda: stage.send_afresh(ours, campaign, users=users),
                "httpx_script": lambda: _post(stage, script, fewer, best["httpx_script"]),
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
            "rate_by_connections": scans,
            "connections": {**best, "hookline": OURS},
        },
    )


def _scan(stage: Stage, peer: Child) -> dict[int, float]:
    """Return the peer's rate at each number of connections; the first run only warms it."""
    numbers, users = CONNECTIONS[peer.name], stage.sizes.scan_users
    _post(stage, peer, users, numbers[0])
    return {at_once: _post(stage, peer, users, at_once).rate for at_once in numbers}


def _post(stage: Stage, child: Child, users: int, at_once: int) -> Ran:
    table = str(stage.users(users))
    return stage.run(child, users=users, table=table, url=stage.url, at_once=at_once)
