"""The user bucket stays what it is, for ever and everywhere, and is evenly spread."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tasks.segment.bucket import user_bucket

CUSTOMERS = Path(__file__).parents[3].parent / "shared/data/telco_customers.csv"
MASK = 2**64 - 1


def siphash(text, key=b"hookline-buckets"):
    """SipHash-2-4 as its paper gives it, in plain Python."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]

    def turn(word, bits):
        return ((word << bits) | (word >> (64 - bits))) & MASK

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = turn(v[1], 13) ^ v[0]
            v[0] = turn(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = turn(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = turn(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = turn(v[1], 17) ^ v[2]
            v[2] = turn(v[2], 32)

    data = text.encode()
    padded = data + b"\0" * (7 - len(data) % 8) + bytes([len(data) & 255])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def finished(word):
    """Mix the bits once more, as SplitMix64 does at its end."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def test_the_bucket_is_a_keyed_hash_of_the_id_modulo_1000():
    ids = ["7590-VHVEG", "5575-GNVDE", "user-1", "00123", "Zoë", "🙂", "a" * 300, "x"]

    found = user_bucket(pd.Series(ids))

    assert list(found) == [finished(siphash(one)) % 1000 for one in ids]


def test_the_buckets_of_some_ids_are_pinned():
    ids = ["7590-VHVEG", "5575-GNVDE", "user-1", "00123", "Zoë"]

    assert list(user_bucket(pd.Series(ids))) == [650, 555, 384, 726, 443]


def test_an_id_has_the_same_bucket_as_number_and_as_text_in_any_table():
    assert list(user_bucket(pd.Series([1, 2]))) == list(user_bucket(pd.Series(["1", "2"])))
    texts = pd.Series(["b", "a", "b"], index=[5, 5, 1], dtype=object)
    assert list(user_bucket(texts).index) == [5, 5, 1]
    assert user_bucket(texts).iloc[0] == user_bucket(texts).iloc[2]
    assert len(user_bucket(pd.Series([], dtype="str"))) == 0


def test_real_ids_are_evenly_spread():
    if not CUSTOMERS.exists():
        pytest.skip(f"{CUSTOMERS.name} is not beside this repository")
    ids = pd.read_csv(CUSTOMERS, usecols=["customerID"], dtype=str)["customerID"]

    buckets = user_bucket(ids)

    assert buckets.between(0, 999).all()
    counts = buckets.value_counts().reindex(range(1000), fill_value=0)
    expected = len(ids) / 1000
    chi_square = ((counts - expected) ** 2 / expected).sum()
    # 999 degrees of freedom: 999 on average, beyond 1,143 once in a thousand times.
    assert 855 < chi_square < 1143
