"""A random share of the users, drawn by a hash of the user id: the same every time."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd


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
