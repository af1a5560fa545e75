"""What a rule looks at, and which operators ask something sensible of it."""

from __future__ import annotations

from typing import Literal

from blocks.segment_operator import (
    DATED,
    LISTED,
    NUMERIC,
    OPERATORS,
    SENT,
    Expects,
    Operator,
)

Property = Literal[
    "first run",
    "last active",
    "last session start",
    "sessions",
    "minutes in app",
    "lifetime value",
    "app version",
    "device",
    "os name",
    "os version",
    "browser name",
    "browser version",
    "country",
    "region",
    "city",
    "locale",
    "language",
    "time zone",
]
Criterion = Literal["user attribute", "user bucket", "user id", "random share", Property]
Measure = Literal["occurrences", "first", "last", "sum", "average", "minimum", "maximum"]
Outcome = Literal["sent", "delivered", "failed", "suppressed", "held", "any"]
# The names of the kinds of subject: a criterion of the menu, or the field that names one.
Subject = Literal[
    "attribute", "property", "bucket", "id", "share", "event", "campaign", "ids", "segment"
]

_DATES: frozenset[str] = frozenset({"first run", "last active", "last session start"})
_NUMBERS: frozenset[str] = frozenset({"sessions", "minutes in app", "lifetime value"})
VERSIONS: frozenset[str] = frozenset({"app version", "os version", "browser version"})

ON_COLUMN = frozenset(OPERATORS) - LISTED - SENT
_TEXTS: frozenset[Operator] = frozenset({"contains", "does not contain", "contains all"})
_ORDERED: frozenset[Operator] = frozenset(
    {"is any", "is set", "is not set", "is", "is not", "is between"}
)
_OPERATORS: dict[Subject, frozenset[Operator]] = {
    "attribute": ON_COLUMN,
    "property": ON_COLUMN,
    "bucket": (NUMERIC | _ORDERED) - {"is set", "is not set"},
    "id": ON_COLUMN - {"contains all"},
    "share": frozenset({"is", "is not"}),
    "event": _ORDERED | NUMERIC | DATED,
    "campaign": SENT,
    "ids": LISTED - {"contents of"},
    "segment": LISTED,
}
_USUAL: dict[Subject, Operator] = {
    "share": "is",
    "event": "is set",
    "campaign": "was sent",
    "ids": "is in",
    "segment": "is in",
}


def subject_of_criterion(criterion: Criterion) -> Subject:
    """Return which kind of subject a criterion of the menu is."""
    named: dict[str, Subject] = {
        "user attribute": "attribute",
        "user bucket": "bucket",
        "user id": "id",
        "random share": "share",
    }
    return named.get(criterion, "property")


def usual_operator(subject: Subject) -> Operator | None:
    """Return the operator of a rule that names none; None where a rule must name one."""
    return _USUAL.get(subject)


def expected(subject: Subject, criterion: Criterion, measure: Measure, as_version: bool) -> Expects:
    """Return what the values of a rule must be, beyond what its operator says."""
    if subject in ("bucket", "share"):
        return "bucket" if subject == "bucket" else "share"
    if as_version or criterion in VERSIONS:
        return "version"
    if criterion in _DATES or (subject == "event" and measure in ("first", "last")):
        return "date"
    return "number" if criterion in _NUMBERS or subject == "event" else "any"


def operators_of(subject: Subject, expects: Expects) -> frozenset[Operator]:
    """Return the operators that a rule on this subject may use."""
    known = _OPERATORS[subject]
    if expects == "date":
        return known - NUMERIC - _TEXTS
    if expects in ("number", "version"):
        return known - DATED - (_TEXTS if expects == "number" else {"contains all"})
    return known
