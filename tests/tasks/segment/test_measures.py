"""Measures are found for the users of any part of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from blocks.segment import Rule
from tasks.segment.measures import Measures

COUNT, FIRST = Rule(event="buy"), Rule(event="buy", measure="first", operator="is set")
USERS = pd.Index(["ada", "bob", "cleo"], dtype="str")
TIMES = pd.to_datetime(["2026-03-01", None, "2026-03-03"], utc=True)


@pytest.fixture
def found():
    return Measures(
        {
            COUNT: pd.Series(pd.array([1, None, 3], dtype="Int64"), index=USERS),
            FIRST: pd.Series(TIMES, index=USERS),
        }
    )


def ids(*users):
    return pd.Series(users, dtype="str")


def test_each_part_of_a_table_gets_its_own(found):
    one, two = ids("cleo", "dora", "ada"), ids("bob", "cleo")

    assert found.of(COUNT, one).fillna(0).tolist() == [3, 0, 1]
    assert found.of(FIRST, one).tolist() == [TIMES[2], pd.NaT, TIMES[0]]
    assert found.of(COUNT, two).fillna(0).tolist() == [0, 3]
    assert found.of(COUNT, pd.Series([7, 8])).isna().all()


def test_what_no_rule_measured_is_a_mistake_of_ours_and_not_nothing(found):
    with pytest.raises(KeyError):
        Measures({}).of(COUNT, ids("ada"))
    with pytest.raises(KeyError):
        found.of(Rule(event="look"), ids("ada"))


def test_measured_of_nobody_everybody_is_unset():
    nobody = Measures({COUNT: pd.Series(pd.array([], dtype="Int64"), index=USERS[:0])})

    assert nobody.of(COUNT, ids("ada", "bob")).isna().tolist() == [True, True]
    assert nobody.of(COUNT, ids()).tolist() == []


@pytest.mark.parametrize("hashes", [[1, 1, 2], [1, 2, 3]])
def test_users_are_told_apart_whatever_their_hashes(hashes):
    known = dict(zip(USERS, hashes, strict=True)) | {"dora": 1}
    found = Measures(
        {COUNT: pd.Series(pd.array([1, 2, 3], dtype="Int64"), index=USERS)},
        hashed=lambda texts: np.array([known[text] for text in texts], dtype="uint64"),
    )

    assert found.of(COUNT, ids("dora", "bob", "ada")).fillna(0).tolist() == [0, 2, 1]
