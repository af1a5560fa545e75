"""Read what the templates see of owed deliveries from the snapshot of their run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tasks.log import snapshot
from tasks.log.records import Owed

# Neighbouring batches are read together; the last few groups stay in memory.
GROUP = snapshot.ROWS_PER_GROUP
KEPT_GROUPS = 4


def reader(location: str | None) -> Callable[[Sequence[Owed]], list[Mapping[str, Any]]]:
    """Return a function that reads the rows of deliveries, in their order, from a snapshot."""

    @functools.lru_cache(KEPT_GROUPS)
    def group(part: int, number: int) -> list[dict[str, Any]]:
        assert location is not None, "a run that owes something has its snapshot"
        return snapshot.read_rows(location, part=part, offset=number * GROUP, size=GROUP)

    def read(owed: Sequence[Owed]) -> list[Mapping[str, Any]]:
        return [group(one.part, one.row // GROUP)[one.row % GROUP] for one in owed]

    return read
