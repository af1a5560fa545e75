"""What became of the lost runs that were gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resumed:
    """A lost run, whether it is finished now, and what its flow said."""

    run_key: str
    finished: bool
    told: str


def sentence(resumed: Sequence[Resumed], *, crashed: int) -> str:
    """Return how many runs were finished, and a line for each that was not, with the reason."""
    if not resumed:
        told = ["no run is lost"]
    else:
        done = sum(one.finished for one in resumed)
        told = [f"{done} of {len(resumed)} lost runs finished"]
    if crashed:
        told[0] += f"; {crashed} flow runs were marked as crashed"
    told += [f"{one.run_key}: {' '.join(one.told.split())}" for one in resumed if not one.finished]
    return "\n".join(told)
