"""Where each rule of a segment stands, as faults and funnels name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blocks.segment import Rule, Segment


@dataclass(frozen=True, slots=True)
class Place:
    """A rule or a segment, and where it stands; `file` is that of a saved segment."""

    part: Rule | Segment
    field: str
    file: str

    def of(self, name: str) -> str:
        """Return the path of one of its fields."""
        return f"{self.field}.{name}".lstrip(".")


def places(segment: Segment, saved: Mapping[str, Segment]) -> Iterator[Place]:
    """Yield every rule and segment with its place, also those of saved segments."""
    yield from _within(segment, "segment", "")
    for file, one in saved.items():
        yield from _within(one, "", file)


def _within(segment: Segment, path: str, file: str) -> Iterator[Place]:
    yield Place(segment, path, file)
    for group in ("include", "all", "groups", "any", "none", "exclude"):
        for number, part in enumerate(segment.listed(group)):
            here = f"{path}.{group}.{number}".lstrip(".")
            if isinstance(part, Rule):
                yield Place(part, here, file)
            else:
                yield from _within(part, here, file)
