"""A million users: time, memory and size of the log; and again when everything answers 503 once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.child import Child
from benchmarks.findings import Findings, seconds, told
from benchmarks.stage import Ran, Stage


def measure(stage: Stage) -> Findings:
    """Send to a tenth, to all, and to the tenth again, in one process; then the 503s."""
    many, few = stage.sizes.million, stage.sizes.million // 10
    with stage.fresh_hookline() as ours:
        smaller = stage.campaign(few, tasks_per="batch")
        campaign = stage.campaign(many, tasks_per="batch")
        before = stage.send_afresh(ours, smaller, users=few)
        with stage.log() as log:
            all_of_them = stage.send(ours, campaign, users=many, log=f"sqlite:///{log}")
            size, snapshot = _bytes(log.parent, "log.db*"), _bytes(log.parent, "snapshots/**/*")
        after = stage.send_afresh(ours, smaller, users=few)
    with stage.fresh_hookline() as ours:
        refused = _refused(stage, ours, many)
    tenth, both = seconds([before, after]) / few, (all_of_them, refused)
    return Findings(
        {
            "million_peak_mb": max(max(one.usage.peak_mb.values()) for one in both),
            "million_peak_together_mb": max(one.usage.together_mb for one in both),
            "million_time_per_user_vs_100k": all_of_them.seconds / many / tenth,
            "million_s": all_of_them.seconds,
            "bytes_of_log_per_delivery": size / many,
        },
        {
            "tenth": told([before, after]),
            "all": told([all_of_them]),
            "everything_503_once": told([refused]),
            "largest_process": [max(peaks, key=peaks.__getitem__) for peaks in _peaks(both)],
            "bytes_of_snapshot_per_delivery": snapshot / many,
        },
    )


def _refused(stage: Stage, child: Child, users: int) -> Ran:
    campaign = stage.campaign(
        users, tasks_per="batch", retry={"delays": [stage.sizes.wave_delay] * 5}
    )
    return stage.send_afresh(child, campaign, users=users, faults="busy=1")


def _peaks(runs: Iterable[Ran]) -> list[dict[str, float]]:
    return [run.usage.peak_mb for run in runs]


def _bytes(folder: Path, pattern: str) -> int:
    return sum(one.stat().st_size for one in folder.glob(pattern) if one.is_file())
