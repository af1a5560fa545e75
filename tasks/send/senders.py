"""How many processes send a run on one machine."""

from __future__ import annotations

# Another process takes seconds to start, and takes its share of the cores from the first.
# From where on that pays is an estimate, not a measurement.
PAYS_FROM = 200_000
# One process is as fast as this to one host: where a host takes no more, another one would wait.
ONE_IS_ENOUGH = 2_000.0
MOST = 16


def senders_for(owed: int, *, cores: int, host_rate: float | None, log_is_file: bool) -> int:
    """Return how many processes pay for so many recipients, on a machine with so many cores.

    `host_rate` is how many requests a second a host takes, if that is limited. A file has one
    writer at a time, so a second process gains next to nothing there (benchmarks/README.md).
    """
    if log_is_file or owed < PAYS_FROM or (host_rate is not None and host_rate <= ONE_IS_ENOUGH):
        return 1
    return max(1, min(cores, MOST))
