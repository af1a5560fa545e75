"""A wave of retries: a fifth answers 503 once, a tenth answers after two seconds."""

from __future__ import annotations

from benchmarks.child import Child
from benchmarks.findings import Findings, seconds, told
from benchmarks.measure import interleaved
from benchmarks.stage import Ran, Stage

SLOW = "slow=0.1&delay=2"
BUSY = f"busy=0.2&{SLOW}"


def measure(stage: Stage) -> Findings:
    """Compare with the delay plus the same run without the 503s; then many batches, two workers."""
    ours = stage.hookline()
    runs = interleaved(
        {
            "without_503": lambda: _wave(stage, ours, SLOW),
            "with_503": lambda: _wave(stage, ours, BUSY),
        },
        repetitions=min(2, stage.sizes.repetitions),
    )
    batches = _wave(stage, ours, "busy=0.2", workers=2, batch_size=stage.sizes.wave_batch)
    ideal = stage.sizes.wave_delay + seconds(runs["without_503"])
    last, again = (
        batches.sink[name] - batches.sink["first_at"] for name in ("last_new_at", "first_again_at")
    )
    return Findings(
        {
            "retry_wave_vs_ideal": seconds(runs["with_503"]) / ideal,
            "last_first_attempt_vs_first_retry": last / again,
        },
        {
            **{name: told(several) for name, several in runs.items()},
            "ideal_s": ideal,
            "batches": {
                "last_first_attempt_s": last,
                "first_retry_s": again,
                "delay_s": stage.sizes.wave_delay,
                "run": told([batches]),
            },
        },
    )


def _wave(stage: Stage, child: Child, faults: str, *, workers: int = 1, **delivery: int) -> Ran:
    users = stage.sizes.wave_users
    campaign = stage.campaign(
        users,
        tasks_per="batch",
        concurrency=stage.sizes.wave_concurrency,
        retry={"delays": [stage.sizes.wave_delay] * 5},
        **delivery,
    )
    return stage.send_afresh(child, campaign, users=users, faults=faults, workers=workers)
