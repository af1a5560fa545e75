"""The user bucket: a whole number from 0 to 999, evenly spread, fixed for each user id."""

from __future__ import annotations

import pandas as pd

BUCKETS = 1000
# Changing the key or the count would move every user to another bucket: test vectors pin both.
_KEY = "hookline-buckets"


def user_bucket(ids: pd.Series) -> pd.Series:
    """Return each id's bucket: a keyed hash of its UTF-8 text, modulo 1000.

    The hash is SipHash-2-4 with the finish of SplitMix64, on every machine.
    """
    texts = ids.astype("str").to_numpy(dtype=object)
    hashed = pd.util.hash_array(texts, encoding="utf8", hash_key=_KEY, categorize=False)
    return pd.Series((hashed % BUCKETS).astype("int64"), index=ids.index, name="user bucket")
