"""What a measurement finds: its figures by name, and the details behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import median, root_of
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
            # Of the watched processes and all their children: CPU summed, memory of the largest.
            "cpu_s": _by_root(run.usage.cpu_s, sum),
            "peak_mb": _by_root(run.usage.peak_mb, max),
            "together_mb": run.usage.together_mb,
            "sink_cpu_s": run.sink["cpu_s"],
            "sink_share_of_a_core": run.sink["cpu_s"] / run.seconds,
        }
        for run in runs
    ]


def _by_root(
    values: Mapping[str, float], total: Callable[[Iterable[float]], float]
) -> dict[str, float]:
    families: defaultdict[str, list[float]] = defaultdict(list)
    for name, value in values.items():
        families[root_of(name)].append(value)
    return {name: total(several) for name, several in families.items()}
