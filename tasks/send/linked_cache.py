"""Keep answers of services for their cache time, within bounds: the longest unused goes first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_ANSWERS = 10_000
MOST_BYTES = 32 * 1024 * 1024


class Kept(NamedTuple):
    """An answer, until when it may be used (seconds of some clock), and its size in bytes."""

    value: Any
    until: float
    size: int


@dataclass(slots=True)
class LinkedCache:
    """The answers of one process; times are arguments, by one clock."""

    most_answers: int = MOST_ANSWERS
    most_bytes: int = MOST_BYTES
    bytes: int = 0
    _kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str, *, now: float) -> Kept | None:
        """Return an answer that may still be used."""
        kept = self._kept.get(key)
        if kept is None or kept.until <= now:
            return None
        self._kept.move_to_end(key)
        return kept

    def keep(self, key: str, value: Any, *, until: float, size: int) -> None:
        """Keep an answer; others go, the longest unused first, where there is no room."""
        earlier = self._kept.pop(key, None)
        self.bytes += size - (earlier.size if earlier else 0)
        self._kept[key] = Kept(value, until, size)
        while len(self._kept) > self.most_answers or self.bytes > self.most_bytes:
            self.bytes -= self._kept.popitem(last=False)[1].size
