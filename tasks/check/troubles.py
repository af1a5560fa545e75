"""What goes wrong for recipients, by field and by the values that it goes wrong with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Different values that are counted for one trouble; further ones are counted together.
MOST_VALUES = 1_000
# Kinds of trouble that are told apart; the author's templates and schema have fewer.
MOST_TROUBLES = 1_000
SHOWN_VALUES = 5
SHOWN_USERS = 3
LONGEST_VALUE = 60
OTHER = "other values"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong in a field: for how many, with which values, for whom first."""

    field: str
    fault: str
    count: int
    values: Mapping[str, int]  # recipients by the values, most first
    users: tuple[str, ...]


@dataclass(slots=True)
class _Counted:
    count: int = 0
    values: Counter[str] = field(default_factory=Counter)
    users: list[str] = field(default_factory=list)


class Troubles:
    """Counts troubles in bounded memory."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str], _Counted] = {}

    def add(self, field: str, fault: str, *, value: str, user_id: str) -> None:
        """Count a trouble of one recipient."""
        key = (field, fault)
        if key not in self._counted and len(self._counted) >= MOST_TROUBLES:
            key = (field, "and more")
        counted = self._counted.setdefault(key, _Counted())
        counted.count += 1
        is_room = value in counted.values or len(counted.values) < MOST_VALUES
        counted.values[value if is_room else OTHER] += 1
        if len(counted.users) < SHOWN_USERS:
            counted.users.append(user_id)

    def told(self) -> tuple[Trouble, ...]:
        """Return the troubles, the most frequent first."""
        found = [
            Trouble(field, fault, one.count, _most(one.values), tuple(one.users))
            for (field, fault), one in self._counted.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.count, one.field, one.fault)))


def as_values(attributes: Mapping[str, Any], names: frozenset[str]) -> str:
    """Return the attributes that a text names, as `name=value, ...`."""
    return ", ".join(f"{name}={shortened(attributes.get(name))}" for name in sorted(names))


def shortened(value: Any) -> str:
    """Return a value on one short line."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _most(values: Counter[str]) -> dict[str, int]:
    shown = dict(values.most_common(SHOWN_VALUES))
    if left := values.total() - sum(shown.values()):
        shown[OTHER] = shown.get(OTHER, 0) + left
    return shown
