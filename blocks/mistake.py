"""The author's mistakes: what is wrong in a campaign, told before the first send."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what, and the nearest thing that would be right."""

    field: str
    fault: str
    file: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Return `file: field: fault (hint)`, leaving out what is not known."""
        told = ": ".join(part for part in (self.file, self.field, self.fault) if part)
        return f"{told} ({self.hint})" if self.hint else told


class AuthorMistake(Exception):
    """A campaign, a user table or a setting cannot be used as it was written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep every fault, so that an author mends them in one go."""
        self.faults = tuple(faults)
        # The faults are the only argument, so the exception survives pickling.
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Return one line a fault."""
        return "\n".join(str(fault) for fault in self.faults)

    @classmethod
    def of(cls, field: str, fault: str, *, file: str = "", hint: str = "") -> AuthorMistake:
        """Make a mistake of one fault."""
        return cls([Fault(field=field, fault=fault, file=file, hint=hint)])

    def within(self, *, file: str) -> AuthorMistake:
        """Return the same mistake with `file` named where a fault names none."""
        return AuthorMistake(replace(fault, file=fault.file or file) for fault in self.faults)


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word nearest to `word`: `did you mean 'x'?`, or nothing."""
    by_lower: dict[str, list[str]] = {}
    for name in known:
        by_lower.setdefault(name.lower(), []).append(name)
    found = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    if not found:
        return ""
    # Of those that differ in upper and lower case only, the one that is written most like it.
    alike = difflib.get_close_matches(word, by_lower[found[0]], n=1, cutoff=0)
    return f"did you mean '{alike[0]}'?"


def nearest_file(path: Path, beside: Iterable[Path]) -> str:
    """Suggest the file with the nearest name, or nothing; like endings make no names alike."""
    names = {file.stem.lower(): file.name for file in beside}
    found = difflib.get_close_matches(path.stem.lower(), list(names), n=1, cutoff=0.6)
    return f"did you mean '{names[found[0]]}'?" if found else ""
