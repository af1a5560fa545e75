"""Parquet files keep their types; only the wanted columns are read."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable


@pytest.fixture
def users(tmp_path):
    table = pa.table(
        {
            "id": pa.array([1, 2, 3]),
            "n": pa.array([1, None, 3]),
            "b": pa.array([True, None, False]),
            "tier": pa.array(["gold", None, ""]).dictionary_encode(),
            "tags": pa.array([["a", "b"], None, []]),
            "address": pa.array([{"city": "Ulm", "zip": "1"}, None, {"city": None, "zip": "2"}]),
            "address.city": pa.array(["x", "y", "z"]),
            "when": pa.array([dt.datetime(2026, 1, 31, tzinfo=dt.UTC)] * 3),
            "day": pa.array([dt.date(2026, 1, 31)] * 3),
        }
    )
    parquet.write_table(table, tmp_path / "users.parquet")
    return UserTable(source=str(tmp_path / "users.parquet"), id="id")


def test_integers_and_truths_that_may_be_unset_stay_what_they_are(users):
    found = users.read(["n", "b"])

    assert found["n"].tolist() == [1, pd.NA, 3]
    assert found["n"].dtype == "Int64"
    assert found["b"].dtype == "boolean"
    assert found["id"].tolist() == ["1", "2", "3"]


def test_nested_columns_come_as_lists_and_dicts(users):
    found = users.read(["tags", "address"])

    assert list(found.columns) == ["id", "tags", "address"]
    assert list(found["tags"].iloc[0]) == ["a", "b"]
    assert found["address"].iloc[0] == {"city": "Ulm", "zip": "1"}
    assert users.read(["address.city"])["address.city"].tolist() == ["x", "y", "z"]


def test_categories_dates_and_moments_come_as_what_they_hold(users):
    found = users.read(["tier", "when", "day"])

    assert found["tier"].dtype == "str"
    assert found["tier"].isna().tolist() == [False, True, False]
    assert found["when"].dt.tz is not None
    assert found["day"].iloc[0] == dt.date(2026, 1, 31)


def test_an_index_that_pandas_wrote_is_a_column(tmp_path):
    frame = pd.DataFrame({"x": [1]}, index=pd.Index(["u"], name="id"))
    frame.to_parquet(tmp_path / "users.pq")

    found = UserTable(source=str(tmp_path / "users.pq"), id="id").read()

    assert found["id"].tolist() == ["u"]


def test_ids_that_became_floats_are_whole_numbers_again(tmp_path):
    parquet.write_table(pa.table({"id": pa.array([1.0, 2.0])}), tmp_path / "users.parquet")

    found = UserTable(source=str(tmp_path / "users.parquet"), id="id").read()

    assert found["id"].tolist() == ["1", "2"]


def test_a_broken_file_is_a_mistake(tmp_path, users):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    whole = (tmp_path / "users.parquet").read_bytes()
    (tmp_path / "hurt.parquet").write_bytes(whole[:4] + b"\0" * 200 + whole[204:])

    for name, told in {"broken": "is not a Parquet file", "hurt": "cannot be read"}.items():
        with pytest.raises(AuthorMistake, match=told):
            UserTable(source=str(tmp_path / f"{name}.parquet"), id="id").read()
