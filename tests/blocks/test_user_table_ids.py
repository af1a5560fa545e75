"""Ids are compared over a whole table, of which only hashes stay in memory."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.mistake import AuthorMistake
from blocks.user_table_ids import Ids, as_texts, refuse_faults

PARTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4), max_size=8)


def texts(values):
    return pd.Series(values, dtype="str")


@given(PARTS)
def test_a_part_is_suspicious_from_the_first_repeated_id_on(parts):
    ids, so_far = Ids(), []

    for part in parts:
        repeated = len({*so_far, *part}) < len({*so_far}) + len(part)
        so_far += part
        assert ids.suspicious(texts(part)) == repeated


@given(PARTS)
def test_repeated_ids_are_told_in_the_order_of_their_repetition(parts):
    whole = pd.Series([one for part in parts for one in part], dtype="str")
    repeated = list(whole[whole.duplicated()].drop_duplicates())

    if not repeated:
        refuse_faults(lambda: map(texts, parts), of="u.csv")
        return
    with pytest.raises(AuthorMistake) as caught:
        refuse_faults(lambda: map(texts, parts), of="u.csv")
    (fault,) = caught.value.faults
    first = ", ".join(f"'{one}'" for one in repeated[:3])
    assert fault.fault == f"{len(repeated)} ids are there more than once in u.csv: {first}"


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_id_is_suspicious(empty):
    assert Ids().suspicious(texts(["a", empty]))


def test_an_integer_that_came_as_a_float_has_no_fraction():
    assert as_texts(pd.Series([1.0, 2.5])).tolist() == ["1", "2.5"]
    assert as_texts(pd.Series([1, None], dtype="Int64")).tolist()[0] == "1"
