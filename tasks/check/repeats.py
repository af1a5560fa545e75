"""How many recipients share a text with another one, told from hashes in bounded memory."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

# Hashes of 8 bytes: up to so many are all kept, of more a share that is known.
MOST = 4_000_000
# Of so many different ones the first user is remembered, to be shown with the most frequent.
REMEMBERED = 10_000
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Repeated:
    """How often texts occur; `exact` is false where the numbers come from a share of them.

    `different` counts the texts, `shared` the recipients whose text somebody else gets, too, and
    `most` are the most frequent ones: how many get it, and one of them.
    """

    different: int
    shared: int
    exact: bool
    most: tuple[tuple[int, str], ...]


class Repeats:
    """Counts texts by their hashes, a share of them once there are too many."""

    def __init__(self, most: int = MOST) -> None:
        """Keep `most` hashes."""
        self._hashes = array("Q")
        self._most = most
        self._left_out = 0  # the bits that must be zero in a hash that is kept
        self._first: dict[int, str] = {}

    def add(self, text: bytes, user_id: str) -> None:
        """Count the text of one recipient."""
        number = int.from_bytes(blake2b(text, digest_size=8).digest())
        if number & self._left_out:
            return
        self._hashes.append(number)
        if len(self._first) < REMEMBERED:
            self._first.setdefault(number, user_id)
        if len(self._hashes) > self._most:
            self._thin()

    def told(self) -> Repeated:
        """Return the counts; equal hashes are kept or left out together, so a share tells all."""
        numbers, counts = np.unique(np.frombuffer(self._hashes, np.uint64), return_counts=True)
        times = self._left_out + 1
        often = np.argsort(-counts, kind="stable")[:SHOWN]
        return Repeated(
            different=len(numbers) * times,
            shared=int(counts[counts > 1].sum()) * times,
            exact=times == 1,
            most=tuple(
                (int(counts[place]), self._first.get(int(numbers[place]), ""))
                for place in often
                if counts[place] > 1
            ),
        )

    def _thin(self) -> None:
        self._left_out = self._left_out * 2 + 1
        kept = np.frombuffer(self._hashes, np.uint64)
        kept = kept[kept & np.uint64(self._left_out) == 0]
        self._hashes = array("Q", kept.tobytes())
