"""What the fields of a rule that are validated so far say of its subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.segment_operator import Expects
from blocks.segment_subject import Subject, expected, subject_of_criterion

Fields = Mapping[str, Any]

_NAMED: tuple[Subject, ...] = ("event", "campaign", "ids", "segment", "attribute")
TOLD: dict[Subject, str] = {
    "attribute": "an attribute",
    "bucket": "the user bucket",
    "id": "the user id",
    "share": "a random share",
    "event": "an event",
    "campaign": "a campaign",
    "ids": "a list of ids",
    "segment": "a saved segment",
}
# Measures of the events themselves, not of a value or a parameter.
OF_NO_VALUE = ("occurrences", "first", "last")
# Fields that only rules on some subjects have.
OWNERS: dict[str, tuple[Subject, ...]] = {
    "measure": ("event",),
    "of": ("event",),
    "parameters": ("event",),
    "outcome": ("campaign",),
    "last_days": ("event", "campaign"),
    "since": ("event", "campaign"),
    "until": ("event", "campaign"),
    "seed": ("share",),
}


def subject_of(fields: Fields) -> Subject:
    """Return the kind of subject of the fields that are validated so far."""
    named = next((name for name in _NAMED if fields.get(name)), None)
    return named or subject_of_criterion(fields.get("criterion", "user attribute"))


def told_of(fields: Fields) -> str:
    """Return what that subject is called in a fault."""
    subject = subject_of(fields)
    if subject == "property":
        return f"the {fields['criterion']}"
    if subject == "event":
        return f"the {fields.get('measure', 'occurrences')} of an event"
    return TOLD[subject]


def expected_of(fields: Fields) -> Expects:
    """Return what the values must be, beyond what the operator says."""
    return expected(
        subject_of(fields),
        fields.get("criterion", "user attribute"),
        fields.get("measure", "occurrences"),
        bool(fields.get("as_version")),
    )
