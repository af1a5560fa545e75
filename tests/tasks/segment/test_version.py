"""What is no text and no number is no version."""

import pandas as pd
import pytest

from tasks.segment.version import compares


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("truth", pd.Series([True])),
        ("list", pd.Series([["1.2"]])),
        ("text", pd.Series([], dtype="str")),
    ],
)
def test_nothing_but_texts_and_numbers_is_a_version(kind, column):
    found = compares(kind, column, "is at least", ["0.1"])

    assert found.tolist() == [False] * len(column)


def test_numbers_are_versions_as_they_print():
    assert compares("number", pd.Series([10.0, 9.5]), "is", ["10"]).tolist() == [True, False]
