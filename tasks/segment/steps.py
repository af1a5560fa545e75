"""The steps of a selection: the conditions that a user must meet one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blocks.segment import Rule, Segment
from tasks.segment.words import told


@dataclass(frozen=True, slots=True)
class Step:
    """One condition: who does not meet it is out. `negated`: whom the part selects is out."""

    field: str
    part: Rule | Segment
    negated: bool = False
    file: str = ""  # of the saved segment it stands in

    @property
    def words(self) -> str:
        """Return what the step asks, in one line."""
        return f"not: {told(self.part)}" if self.negated else told(self.part)


def steps_of(segment: Segment, saved: Mapping[str, Segment]) -> tuple[Step, ...]:
    """Return the steps of a segment, in the order in which it is written down.

    Include lists, rules of `all` and groups come first, then `any`, the expression, the function,
    `none` and the exclude lists. What must all match is told rule by rule, at any depth.
    """
    return tuple(_steps(segment, "segment", "", saved))


def _steps(segment: Segment, path: str, file: str, saved: Mapping[str, Segment]) -> Iterator[Step]:
    for group in ("include", "all", "groups"):
        for number, part in enumerate(segment.listed(group)):
            here = f"{path}.{group}.{number}"
            if isinstance(part, Segment):
                yield from _steps(part, here, file, saved)
            elif part.operator == "contents of":
                yield from _steps(saved[part.segment], here, part.segment, saved)
            else:
                yield Step(here, part, file=file)
    if segment.any:
        yield Step(f"{path}.any", Segment(any=segment.any), file=file)
    if segment.where:
        yield Step(f"{path}.where", Segment(where=segment.where), file=file)
    if segment.function:
        yield Step(f"{path}.function", Segment(function=segment.function), file=file)
    for group in ("none", "exclude"):
        for number, part in enumerate(segment.listed(group)):
            yield Step(f"{path}.{group}.{number}", part, negated=True, file=file)
