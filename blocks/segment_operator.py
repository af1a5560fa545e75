"""The operators of a rule, and which values each of them takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from blocks.segment_value import Ago, Scalar, moment, number, share, version, written

Operator = Literal[
    "is any",
    "is set",
    "is not set",
    "is",
    "is not",
    "is empty string",
    "contains",
    "does not contain",
    "contains all",
    "is greater than",
    "is less than",
    "is at least",
    "is at most",
    "is between",
    "is after",
    "is not after",
    "is before",
    "is not before",
    "is in",
    "is not in",
    "contents of",
    "was sent",
    "was not sent",
]
# What the values of a rule must be, where its subject knows it.
Expects = Literal["any", "number", "date", "version", "bucket", "share"]

OPERATORS: tuple[Operator, ...] = get_args(Operator)
LISTED: frozenset[Operator] = frozenset({"is in", "is not in", "contents of"})
SENT: frozenset[Operator] = frozenset({"was sent", "was not sent"})
VALUELESS: frozenset[Operator] = frozenset(
    {"is any", "is set", "is not set", "is empty string", *LISTED, *SENT}
)
NUMERIC: frozenset[Operator] = frozenset(
    {"is greater than", "is less than", "is at least", "is at most"}
)
DATED: frozenset[Operator] = frozenset({"is after", "is not after", "is before", "is not before"})
_TEXTUAL: frozenset[Operator] = frozenset({"contains", "does not contain", "contains all"})


def read(operator: Operator, value: Any) -> tuple[Scalar, ...]:
    """Return the values that an author wrote, as scalars; raises ValueError with the fault."""
    if value is None:
        raise ValueError(f"'{operator}' needs a value")
    if operator == "is between" and isinstance(value, str):
        value = value.split(" and ")
    return tuple(written(one) for one in (value if isinstance(value, list | tuple) else [value]))


def fault(operator: Operator, values: tuple[Scalar, ...], *, expects: Expects = "any") -> str:
    """Say in a sentence why the values do not fit the operator; empty when they do."""
    return (
        _count_fault(operator, values)
        or _type_fault(operator, values, expects)
        or _subject_fault(operator, values, expects)
    )


def _count_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    if operator == "is between":
        return "" if len(values) == 2 else f"'is between' takes two values, not {len(values)}"
    if operator in NUMERIC | DATED:
        return "" if len(values) == 1 else f"'{operator}' takes one value, not {len(values)}"
    return "" if values else f"'{operator}' needs a value"


def _type_fault(operator: Operator, values: tuple[Scalar, ...], expects: Expects) -> str:
    if expects == "version":
        return _version_fault(operator, values)
    if operator in NUMERIC:
        return _first(values, number, f"'{operator}' takes a number")
    if operator in DATED:
        return _first(
            values,
            moment,
            f"'{operator}' takes a date (2026-01-31, 2026-01-31T09:00+01:00, 7 days ago)",
        )
    if operator == "is between":
        return _between_fault(values)
    if operator in _TEXTUAL:
        return _first(
            values,
            lambda one: None if isinstance(one, bool) or one == "" else one,
            f"'{operator}' takes a text",
        )
    return ""


def _first(values: tuple[Scalar, ...], read: Any, takes: str) -> str:
    wrong = [value for value in values if read(value) is None]
    return f"{takes}, not {wrong[0]!r}" if wrong else ""


def _between_fault(values: tuple[Scalar, ...]) -> str:
    numbers, moments = [number(v) for v in values], [moment(v) for v in values]
    if None in numbers and None in moments:
        return f"'is between' takes two numbers or two dates, not {values[0]!r} and {values[1]!r}"
    if are_reversed(*numbers) or are_reversed(*moments):
        return f"'is between' takes the lower bound first, not {values[0]!r} and {values[1]!r}"
    return ""


def are_reversed(lower: Any, upper: Any) -> bool:
    """Tell whether two bounds are surely the wrong way round."""
    if isinstance(lower, Ago) and isinstance(upper, Ago):
        return lower.unit == upper.unit and lower.count < upper.count
    if isinstance(lower, datetime) and isinstance(upper, datetime):
        return (lower.tzinfo is None) == (upper.tzinfo is None) and lower > upper
    if isinstance(lower, int | float) and isinstance(upper, int | float):
        return lower > upper
    return False


def _version_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    if operator in _TEXTUAL:
        return ""
    for value in values:
        if isinstance(value, float):
            return f"a version is written in quotes, for 10.10 would be 10.1: '{value}'"
        if version(value) is None:
            return f"a version is written like 10.2 or 10.2.0-beta.1, not {value!r}"
    if operator == "is between":
        lower, upper = version(values[0]), version(values[1])
        if lower and upper and lower > upper:
            return f"'is between' takes the lower bound first, not {values[0]!r} and {values[1]!r}"
    return ""


def _subject_fault(operator: Operator, values: tuple[Scalar, ...], expects: Expects) -> str:
    match expects:
        case "bucket":
            return _bucket_fault(operator, values)
        case "share":
            return _share_fault(operator, values)
        case "number":
            return _first(values, number, f"'{operator}' takes a number here")
        case "date":
            return _first(
                values, moment, f"'{operator}' takes a date here (2026-01-31, 7 days ago)"
            )
        case _:
            return ""


def _share_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    if len(values) != 1:
        return f"a random share takes one value, not {len(values)}"
    return _first(values, share, "a random share is a percentage from 0 to 100 (10%)")


def _bucket_fault(operator: Operator, values: tuple[Scalar, ...]) -> str:
    highest = 1000 if operator == "is less than" else 999
    for value in values:
        found = number(value)
        if found is None or found != int(found) or not 0 <= found <= highest:
            return f"the user bucket is a whole number from 0 to 999, not {value!r}"
    return ""
