"""Lists as sets: values are looked up by hash, so that two long lists take little time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any


def union(value: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """Return what is in either list, each once."""
    return _once([*value, *other])


def intersect(value: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """Return what is in both lists."""
    among = set(map(_key, other))
    return _once(one for one in value if _key(one) in among)


def difference(value: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """Return what is in the first list only."""
    among = set(map(_key, other))
    return _once(one for one in value if _key(one) not in among)


def symmetric_difference(value: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    """Return what is in one of the lists and not in the other."""
    first, second = list(value), list(other)
    return difference(first, second) + difference(second, first)


def containing_all(value: Any, parts: Iterable[Any]) -> bool:
    """Tell whether all parts are in a list, or in a text."""
    if isinstance(value, str | Mapping):
        return all(part in value for part in parts)
    return set(map(_key, value)).issuperset(map(_key, parts))


def _once(values: Iterable[Any]) -> list[Any]:
    found = dict[Hashable, Any]()
    for one in values:
        found.setdefault(_key(one), one)
    return list(found.values())


def _key(value: Any) -> Hashable:
    """Return what is equal, and has the same hash, where values are equal."""
    if isinstance(value, dict):
        return (dict, frozenset((key, _key(one)) for key, one in value.items()))
    if isinstance(value, list | tuple):
        return (isinstance(value, list), tuple(map(_key, value)))
    return value  # type: ignore[no-any-return] # what has no hash raises a TypeError
