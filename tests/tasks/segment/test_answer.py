"""What an expression or a function of the author's answers: a truth for each row, or a mistake."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from blocks.mistake import AuthorMistake
from tasks.segment.answer import as_mask
from tasks.segment.expression import where
from tasks.segment.facts import Facts
from tasks.segment.function import called

USERS = pd.DataFrame({"tenure": [3, 30], "plan": ["free", None]})


@pytest.mark.parametrize(
    ("answer", "mask"),
    [
        (pd.Series([True, None], dtype="boolean"), [True, False]),
        (pd.Series([True, None], dtype=object), [True, False]),
        (np.array([True, False]), [True, False]),
        ([False, True], [False, True]),
    ],
)
def test_truths_are_a_mask_and_unset_is_false(answer, mask):
    assert as_mask(answer, rows=2, field="f", of="it").tolist() == mask


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        ([True], "not 1 values"),
        (True, "not something else"),
        ([1, 0], "not values of the type int64"),
        (["yes", None], "not values of the type"),
        (pd.Series([1, "x"], dtype=object), "not values of the type object"),
    ],
)
def test_anything_else_is_a_mistake(answer, got):
    with pytest.raises(AuthorMistake) as caught:
        as_mask(answer, rows=2, field="segment.where", of="'it'")

    (fault,) = caught.value.faults
    assert fault.field == "segment.where"
    assert fault.fault.startswith("'it' must answer true or false for each of 2 rows")
    assert got in fault.fault


def test_an_expression_that_pandas_cannot_evaluate_is_a_mistake():
    with pytest.raises(AuthorMistake) as caught:
        where("plan > tenure", USERS)

    assert "segment.where: 'plan > tenure' cannot be evaluated: TypeError" in str(caught.value)


def test_dates_that_are_texts_are_told_how_they_are_compared():
    with pytest.raises(AuthorMistake) as caught:
        where("plan.dt.year == 2026", USERS)

    (fault,) = caught.value.faults
    assert "Can only use .dt accessor with datetimelike values" in fault.fault
    assert fault.hint == "dates in texts: use a rule with 'is after', or .str.startswith('2026-01')"


def test_a_function_that_raises_is_a_mistake():
    def loyal(users):
        return users["tenur"] > 3

    with pytest.raises(AuthorMistake) as caught:
        called("f.py:loyal", USERS, Facts(functions={"f.py:loyal": loyal}))

    assert "segment.function: 'f.py:loyal' raised KeyError: 'tenur'" in str(caught.value)


def test_a_function_cannot_change_the_table():
    def loyal(users):
        users["tenure"] = 0
        return users["tenure"] == 0

    assert called("f", USERS, Facts(functions={"f": loyal})).all()
    assert USERS["tenure"].tolist() == [3, 30]
