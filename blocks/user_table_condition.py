"""What a source may be asked to leave out: tests of columns, answered as pandas rules would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from blocks.segment_value import Scalar

Test = Literal[
    "is set",
    "is",
    "contains",
    "is greater than",
    "is less than",
    "is at least",
    "is at most",
    "is between",
]
# What a column holds, as far as conditions can be asked of it; `other` answers `is set` alone, and
# one of which that is not sure is told as None.
Holds = Literal["text", "integer", "float", "truth", "other"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one column; an unset value meets none but the contrary of `is set`.

    Attributes:
        values: what is compared with: any of them for `is` and `contains`, bounds otherwise.
        negated: asks for unset values (`is set`), or for set ones that fail the test.
    """

    column: str
    test: Test
    values: tuple[Scalar, ...] = ()
    negated: bool = False

    def fits(self, holds: Holds | None) -> bool:
        """Tell whether a column that holds this answers the test as pandas does."""
        if holds is None:
            return False
        match self.test:
            case "is set":
                return True
            case "is":
                return holds != "other" and all(_is_a(one, holds) for one in self.values)
            case "contains":
                return holds == "text" and all(_is_a(one, "text") for one in self.values)
            case _:
                return holds in ("integer", "float") and all(
                    _is_a(one, holds) for one in self.values
                )


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions of which a row must meet at least one, or none of them if it is `negated`."""

    any_of: tuple[Condition, ...]
    negated: bool = False

    def fits(self, columns: Mapping[str, Holds]) -> bool:
        """Tell whether columns of these kinds answer all its conditions."""
        return all(one.fits(columns.get(one.column)) for one in self.any_of)


def answered(clauses: tuple[Clause, ...], columns: Mapping[str, Holds]) -> tuple[Clause, ...]:
    """Return the leading clauses that columns of these kinds answer."""
    for number, clause in enumerate(clauses):
        if not clause.fits(columns):
            return clauses[:number]
    return clauses


def _is_a(value: Scalar, holds: Holds) -> bool:
    if holds == "text":
        # NUL ends a text in some databases.
        return isinstance(value, str) and "\0" not in value
    if holds == "truth":
        return isinstance(value, bool)
    if isinstance(value, bool | str):
        return False
    # An integer beside a fraction, or beyond 53 bits beside a double, is rounded by some sources.
    if holds == "integer":
        return isinstance(value, int) and abs(value) < 2**63
    return abs(value) < 2**53
