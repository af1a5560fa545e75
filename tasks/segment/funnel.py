"""The funnel of a selection: how many users came in, and how many each step took out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sized
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tasks.segment.words import file_name


@dataclass(frozen=True, slots=True)
class Removed:
    """How many users one step took out of those that were left."""

    words: str
    field: str
    removed: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many users came in and what became of them, step by step; those of parts add up.

    Attributes:
        listed: how many users of the table are on each list of ids, by its file.
        whole: whether every row was looked at: else more users may be on the lists.
    """

    rows: int = 0
    steps: tuple[Removed, ...] = ()
    listed: Mapping[str, int] = field(default_factory=dict)
    whole: bool = True

    @property
    def selected(self) -> int:
        """Return how many users are left at the end."""
        return self.rows - sum(step.removed for step in self.steps)

    def left(self) -> list[int]:
        """Return how many users are left after each step."""
        left, found = self.rows, []
        for step in self.steps:
            left -= step.removed
            found.append(left)
        return found

    def unknown(self, ids: Mapping[str, Sized]) -> dict[str, int]:
        """Return how many ids on each list are not in the table."""
        return {file: len(listed) - self.listed.get(file, 0) for file, listed in ids.items()}

    def unmatched(self, ids: Mapping[str, Sized]) -> Iterator[str]:
        """Yield a warning for each list of which no id is in the table, as far as that is known."""
        for file, unknown in self.unknown(ids).items():
            if self.whole and self.rows and unknown == len(ids[file]) > 0:
                name = file_name(file)
                yield (
                    f"segment: none of the {unknown:,} ids of {name} is in the user table"
                    if unknown > 1
                    else f"segment: the only id of {name} is not in the user table"
                )

    def __add__(self, other: Funnel) -> Funnel:
        """Return the funnel of two parts of a table, by the same segment."""
        if not self.rows and not self.steps:
            return other
        pairs = zip(self.steps, other.steps, strict=True)
        return Funnel(
            self.rows + other.rows,
            tuple(replace(one, removed=one.removed + two.removed) for one, two in pairs),
            Counter(self.listed) + Counter(other.listed),
            self.whole and other.whole,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the funnel as plain values, with how many are left after each step."""
        told = [
            asdict(step) | {"left": left}
            for step, left in zip(self.steps, self.left(), strict=True)
        ]
        return {"rows": self.rows, "selected": self.selected, "steps": told}
