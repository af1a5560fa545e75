"""Sums, counts and extremes by user, added up over chunks: memory for the users, not the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

Reduction = Literal["add", "min", "max"]
# Users of chunks that wait to be joined; more than there are users, or joining would take long.
_WAITING = 2_000_000


class Totals:
    """For every user a number for each of some reductions; chunks come in any order."""

    def __init__(self, reductions: Sequence[Reduction]) -> None:
        self._reductions = tuple(reductions)
        self._parts: list[tuple[pd.Index, list[np.ndarray]]] = []
        self._waiting = self._joined = 0

    def add(self, users: pd.Index, numbers: list[np.ndarray]) -> None:
        """Add what a chunk says of its users, each of whom it names once."""
        self._parts.append((users, numbers))
        self._waiting += len(users)
        if self._waiting > max(_WAITING, 2 * self._joined):
            self._join()

    def all(self) -> tuple[pd.Index, list[np.ndarray]]:
        """Return the users, and their number for each reduction."""
        self._join()
        return self._parts[0]

    def _join(self) -> None:
        """Join the parts to one; the users of the first come first."""
        texts = [pd.Index([], dtype="str"), *(users for users, _ in self._parts)]
        codes, users = pd.factorize(texts[0].append(texts[1:]))
        joined = [
            reduced(
                how,
                codes,
                np.concatenate([np.empty(0), *(numbers[place] for _, numbers in self._parts)]),
                len(users),
            )
            for place, how in enumerate(self._reductions)
        ]
        self._parts = [(users, joined)]
        self._waiting, self._joined = 0, len(users)


def reduced(how: Reduction, codes: np.ndarray, numbers: np.ndarray, size: int) -> np.ndarray:
    """Return one number for each code below `size`: of none, a sum of 0 or an infinite extreme."""
    if how == "add":
        return np.bincount(codes, numbers, minlength=size)
    found = np.full(size, np.inf if how == "min" else -np.inf)
    (np.minimum if how == "min" else np.maximum).at(found, codes, numbers)
    return found


def exact(totals: np.ndarray) -> np.ndarray:
    """Return sums without the last digits, in which the order of adding shows: 12 are kept.

    So ten times 0.1 is 1. Whole numbers stay as they are.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = 10.0 ** (11 - np.floor(np.log10(np.abs(totals))))
        rounded = np.rint(totals * scale) / scale
    keep = (totals == np.rint(totals)) | ~np.isfinite(rounded)
    return np.where(keep, totals, rounded)
