"""Read what the templates see of owed deliveries from the snapshot of their run."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tasks.log import snapshot
from tasks.log.records import Owed

if TYPE_CHECKING:
    import pyarrow as pa

# Neighbouring batches are read together. The last groups stay in memory as Arrow has them: when
# many batches are tried again at once, each asks for a few rows at a time.
GROUP = snapshot.ROWS_PER_GROUP
KEPT_GROUPS = 32


def reader(location: str | None) -> Callable[[Sequence[Owed]], list[Mapping[str, Any]]]:
    """Return a function that reads the rows of deliveries, in their order, from a snapshot."""

    @functools.lru_cache(KEPT_GROUPS)
    def group(part: int, number: int) -> pa.Table:
        assert location is not None, "a run that owes something has its snapshot"
        return snapshot.read(location, part=part, offset=number * GROUP, size=GROUP)

    def read(owed: Sequence[Owed]) -> list[Mapping[str, Any]]:
        places: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, one in enumerate(owed):
            places[one.part, one.row // GROUP].append(place)
        found: dict[int, Mapping[str, Any]] = {}
        for (part, number), those in places.items():
            rows = group(part, number).take([owed[place].row % GROUP for place in those])
            found.update(zip(those, snapshot.plain(rows), strict=True))
        return [found[place] for place in range(len(owed))]

    return read
