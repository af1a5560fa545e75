"""A random share of the users, drawn by a hash of the user id: the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from blocks.segment import Rule, Segment
from blocks.segment_value import share
from tasks.segment.places import places


def in_share(ids: pd.Series, *, percent: float, seed: str) -> np.ndarray:
    """Mark about `percent` of the ids: those whose keyed hash is in the lowest part of its range.

    The same seed draws the same users in every table; a larger share holds the smaller one; the
    user bucket tells nothing about it.
    """
    key = hashlib.sha256(f"hookline-share:{seed}".encode()).hexdigest()[:16]
    texts = ids.astype("str").to_numpy(dtype=object)
    hashed = pd.util.hash_array(texts, encoding="utf8", hash_key=key, categorize=False)
    # Of the 64 bits 53 are kept, which a double counts exactly.
    return np.asarray((hashed >> np.uint64(11)) < round(percent / 100 * 2**53), dtype=bool)


def tiny_shares(segment: Segment, saved: Mapping[str, Segment]) -> Iterator[str]:
    """Yield a warning for each share below 1 per cent, unless it is written with its %."""
    for place in places(segment, saved):
        if isinstance(place.part, Rule) and place.part.subject == "share":
            [value] = place.part.values
            if "%" not in str(value) and 0 < (share(value) or 0) < 1:
                yield f"{place.of('value')}: {value} is {value} % of the users; 10 means 10 %"
