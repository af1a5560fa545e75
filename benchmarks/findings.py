"""What a measurement finds: its figures by name, and the details behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import median
from benchmarks.stage import Ran


@dataclass(frozen=True, slots=True)
class Findings:
    """Figures are what Hookline is held to; details are what they were computed from."""

    figures: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


def rate(runs: Iterable[Ran]) -> float:
    """Return the median of deliveries per second."""
    return median([run.rate for run in runs])


def seconds(runs: Iterable[Ran]) -> float:
    """Return the median time."""
    return median([run.seconds for run in runs])


def cpu_per_1000(runs: Iterable[Ran]) -> float:
    """Return the median of CPU seconds per 1,000 deliveries over all processes."""
    return median([1_000 * run.cpu_s / run.users for run in runs])


def told(runs: Iterable[Ran]) -> list[dict[str, Any]]:
    """Return runs as details: numbers that JSON can hold."""
    return [
        {
            "users": run.users,
            "seconds": run.seconds,
            "rate": run.rate,
            "cpu_s": run.usage.cpu_s,
            "peak_mb": run.usage.peak_mb,
            "sink_cpu_s": run.sink["cpu_s"],
        }
        for run in runs
    ]
