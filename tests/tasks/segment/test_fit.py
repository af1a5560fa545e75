"""A rule that no value of its column can answer is an error, told before the first send."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from blocks.mistake import AuthorMistake
from blocks.segment import Segment
from tasks.segment.facts import Facts
from tasks.segment.selection import Selection

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
TRUTHS = pd.Series([True, None], dtype="boolean")
NAMES = pd.Series([" ", None, "Ada"], dtype="str")
SIZES = pd.Series([3, None], dtype="Int64")
LISTS = pd.Series([["new"], None], dtype=object)
OBJECTS = pd.Series([{"a": 1}], dtype=object)
DAYS = pd.Series(["2026-01-31"], dtype="str")


def faults(column, rule, **facts):
    segment = Segment.model_validate({"all": [{"attribute": "x"} | rule]})
    users = pd.DataFrame({"id": range(len(column)), "x": column})
    selection = Selection(
        segment=segment, id_column="id", now=NOW, timezone="UTC", facts=Facts(**facts)
    )
    try:
        list(selection.parts([users]))
    except AuthorMistake as mistake:
        return [fault.fault for fault in mistake.faults]
    return []


@pytest.mark.parametrize(
    ("column", "operator", "value", "told"),
    [
        (NAMES, "is at least", 3, "compares numbers, but the column 'x' holds texts such as 'Ada'"),
        (TRUTHS, "is less than", 3, "compares numbers, but the column 'x' holds true and false"),
        (TRUTHS, "contains", "r", "compares texts, but the column 'x' holds true and false"),
        (NAMES, "is after", "2026-01-01", "compares dates, but the column 'x' holds texts"),
        (LISTS, "is between", ["2026-01-01", "2026-02-01"], "compares dates, but the column 'x'"),
        (LISTS, "is between", [1, 2], "compares numbers, but the column 'x' holds lists"),
        (OBJECTS, "contains", "a", "compares texts, but the column 'x' holds objects such as"),
    ],
)
def test_an_operator_that_does_not_fit_its_column_is_told(column, operator, value, told):
    (fault,) = faults(column, {"operator": operator, "value": value})

    assert fault.startswith(f"'{operator}' {told}")


@pytest.mark.parametrize(
    ("column", "operator", "value"),
    [
        (pd.Series(["Ada", "7"], dtype="str"), "is at least", 3),
        (SIZES, "is at least", 3),
        (SIZES, "contains", "3"),
        (SIZES, "is after", "2026-01-01"),
        (LISTS, "contains", "new"),
        (DAYS, "is after", "2026-01-01"),
        (DAYS, "is between", ["2026-01-01", "2026-03-01"]),
        (TRUTHS, "is", 1),
        (pd.Series([None, " "], dtype="str"), "is at least", 3),
    ],
)
def test_one_value_that_can_be_compared_is_enough(column, operator, value):
    assert faults(column, {"operator": operator, "value": value}) == []


@pytest.mark.parametrize(
    ("column", "operator", "value", "fits"),
    [
        (NAMES, "is greater than", "1.0", False),
        (NAMES, "is between", ["1.0", "2.0"], False),
        (pd.Series(["Ada", "v1.2"], dtype="str"), "is greater than", "1.0", True),
        (SIZES, "is greater than", "1.0", True),
    ],
)
def test_a_version_is_compared_with_versions(column, operator, value, fits):
    rule = {"operator": operator, "value": value, "as_version": True}

    told = faults(column, rule)

    assert not told if fits else "compares versions, but the column 'x' holds texts" in told[0]


def test_a_property_is_looked_at_in_its_column():
    rule = {"attribute": "", "criterion": "sessions", "operator": "is at least", "value": 3}

    (fault,) = faults(NAMES, rule, properties={"sessions": "x"})

    assert "the column 'x' holds texts" in fault


def test_only_the_first_part_of_a_table_is_looked_at():
    segment = Segment.model_validate(
        {"all": [{"attribute": "x", "operator": "is at least", "value": 3}]}
    )
    selection = Selection(segment=segment, id_column="id", now=NOW, timezone="UTC")
    first = pd.DataFrame({"id": ["a", "b"], "x": pd.Series(["7", "six"], dtype="str")})
    second = pd.DataFrame({"id": ["c"], "x": pd.Series(["seven"], dtype="str")})

    selected = [one.users["id"].tolist() for one in selection.parts([first, second])]

    assert selected == [["a"], []]
