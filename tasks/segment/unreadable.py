"""Events of which something could not be read: counted, named, and too many of them a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from blocks.mistake import Fault

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Unreadable:
    """How many events rules looked at, and of how many something could not be read.

    Attributes:
        nobodys: events without a user; they are left out.
        times: how many times of the periods were read, and `undated` that were none among them.
        objects: how many JSON texts were read; `invalid` of them were no object.
        examples: the first invalid texts, each with its user.
        not_times: the same of the times that are there and cannot be read.
    """

    nobodys: int = 0
    times: int = 0
    undated: int = 0
    objects: int = 0
    invalid: int = 0
    examples: tuple[str, ...] = ()
    not_times: tuple[str, ...] = ()

    def __add__(self, other: Unreadable) -> Unreadable:
        """Return what two chunks say together."""
        return Unreadable(
            self.nobodys + other.nobodys,
            self.times + other.times,
            self.undated + other.undated,
            self.objects + other.objects,
            self.invalid + other.invalid,
            (*self.examples, *other.examples)[:_EXAMPLES],
            (*self.not_times, *other.not_times)[:_EXAMPLES],
        )

    def undated_beyond(self, percent: float) -> bool:
        """Tell whether more than so many per cent of the times are none."""
        return self.undated * 100 > percent * self.times

    def faults(self, *, percent: float) -> Iterator[Fault]:
        """Yield a fault for what is unreadable in more than so many per cent of the events."""
        hint = f"events.unreadable_percent allows {percent:g} %"
        if self.undated_beyond(percent):
            told = f"{self.undated:,} of {self.times:,} events have no time that can be read"
            yield Fault("events.time", told + self._named_times, hint=hint)
        if self.invalid * 100 > percent * self.objects:
            yield Fault("events.parameters", self._invalid, hint=hint)

    def warnings(self) -> Iterator[str]:
        """Yield a warning for each thing that could not be read."""
        if self.nobodys:
            yield f"events: {self.nobodys:,} have no user and are left out"
        if self.undated:
            told = f"{self.undated:,} have no time that can be read"
            yield f"events: {told}{self._named_times}; they are in no period"
        if self.invalid:
            yield f"events: {self._invalid}; they have no parameters"

    @property
    def _named_times(self) -> str:
        return f": {', '.join(self.not_times)}" if self.not_times else ""

    @property
    def _invalid(self) -> str:
        shown = ", ".join(self.examples)
        return (
            f"{self.invalid:,} of {self.objects:,} events have parameters that are no JSON "
            f"object: {shown}"
        )
