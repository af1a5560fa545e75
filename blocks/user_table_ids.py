"""The ids of a user table: as texts, none of them empty, none there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from blocks.mistake import AuthorMistake, Fault

FIELD = "users.id"
_Hashes = npt.NDArray[np.uint64]


class Ids:
    """The ids that were seen so far, eight bytes each."""

    def __init__(self) -> None:
        # Sorted arrays, each at least twice as long as the next: a new part is looked up in a few.
        self._sorted: list[_Hashes] = []

    def suspicious(self, ids: pd.Series[str]) -> bool:
        """Tell whether an id of a part is empty or, as far as hashes tell, was seen before."""
        fresh = np.sort(_hashes(ids))
        known = any(_shared(one, fresh) for one in self._sorted)
        self._keep(fresh)
        return known or bool((fresh[1:] == fresh[:-1]).any()) or bool(_empty(ids).any())

    def _keep(self, fresh: _Hashes) -> None:
        self._sorted.append(fresh)
        while len(self._sorted) > 1 and len(self._sorted[-2]) < 2 * len(self._sorted[-1]):
            last = self._sorted.pop()
            self._sorted[-1] = np.sort(np.concatenate([self._sorted[-1], last]))


def as_texts(column: pd.Series) -> pd.Series:
    """Return ids as texts: an integer that a database gave as a float without its fraction."""
    try:
        ids = column.astype("str")
    except UnicodeDecodeError:
        told = "the ids of its users are bytes that are no text"
        hint = "ids are texts, numbers or UUIDs"
        raise AuthorMistake.of("users.source", told, hint=hint) from None
    if column.dtype.kind == "f":
        ids = ids.str.replace(r"\.0$", "", regex=True)
    return ids


def refuse_faults(parts: Callable[[], Iterable[pd.Series[str]]], *, of: str) -> None:
    """Raise AuthorMistake when an id of the whole table is empty or there twice, and say which.

    `parts` yields the ids of the table from its first row, each time it is called: what is kept
    of them in memory is their hashes, and the texts of those that look repeated. `of` is what the
    table is called.
    """
    hashes = np.sort(np.concatenate([np.empty(0, np.uint64), *map(_hashes, parts())]))
    suspects = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    faults = [*_empty_fault(parts(), of), *_repeated_fault(parts(), suspects, of)]
    if faults:
        raise AuthorMistake(faults)


def _empty_fault(parts: Iterable[pd.Series[str]], of: str) -> Iterator[Fault]:
    first: list[int] = []
    count = before = 0
    for ids in parts:
        empty = _empty(ids)
        first += (before + 1 + empty.nonzero()[0][: 3 - len(first)]).tolist()
        count += int(empty.sum())
        before += len(ids)
    if count:
        rows = ", ".join(map(str, first))
        yield Fault(FIELD, f"{count} rows of {of} have no id, first in row {rows}")


def _repeated_fault(parts: Iterable[pd.Series[str]], suspects: _Hashes, of: str) -> Iterator[Fault]:
    times: Counter[str] = Counter()
    repeated: list[str] = []
    for ids in parts:
        for one in ids[np.isin(_hashes(ids), suspects) & ~_empty(ids)]:
            times[one] += 1
            if times[one] == 2:
                repeated.append(one)
    if repeated:
        first = ", ".join(f"'{one}'" for one in repeated[:3])
        yield Fault(FIELD, f"{len(repeated)} ids are there more than once in {of}: {first}")


def _empty(ids: pd.Series[str]) -> npt.NDArray[np.bool_]:
    return (ids.isna() | (ids.str.strip() == "")).to_numpy(dtype=bool)


def _hashes(ids: pd.Series[str]) -> _Hashes:
    # Ids hardly repeat: to look for repetitions first, as pandas would, only costs.
    return pd.util.hash_array(ids.to_numpy(dtype=object), categorize=False)


def _shared(known: _Hashes, fresh: _Hashes) -> bool:
    places = np.minimum(known.searchsorted(fresh), len(known) - 1)
    return bool((known[places] == fresh).any())
