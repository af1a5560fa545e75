"""A user table that comes in parts is the table that comes whole: same rows, same dtypes."""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable

CELLS = st.none() | st.sampled_from(["1", "-7", "0.5", "9" * 16, "x", "", " ", "Zoë"])
VALUES = st.none() | st.sampled_from([1, -7, 0.5, 2**62, "x", "", b"b"])
COLUMNS = (
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1))
    | st.lists(st.none() | st.floats(width=32))
    | st.lists(st.none() | st.text(max_size=3))
    | st.lists(st.none() | st.booleans())
    | st.lists(st.none() | st.lists(st.integers(0, 9), max_size=2))
    | st.lists(st.none() | st.dates())
    | st.lists(st.none() | st.decimals(-9, 9, places=2))
)


def both(source, rows):
    """Return the table as it is in one part, and put together from parts of `rows` rows."""
    users = UserTable(source=str(source), id="id")
    (whole,) = users.parts(rows=1000)
    parts = list(users.parts(rows=rows))

    assert [len(part) for part in parts[:-1]] == [rows] * (len(parts) - 1)
    assert all(part.dtypes.equals(whole.dtypes) for part in parts)
    return whole, pd.concat(parts, ignore_index=True)


def assert_same(source, rows):
    whole, joined = both(source, rows)

    pd.testing.assert_frame_equal(joined, whole)
    pd.testing.assert_frame_equal(UserTable(source=str(source), id="id").read(), whole)


@pytest.fixture
def folder():
    # Hypothesis writes many tables: tmp_path would be the same for all of them.
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def in_folder(test):
    with tempfile.TemporaryDirectory() as made:
        test(Path(made))


def write_csv(file, rows):
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["id", "x", "y"])
        writer.writerows([n, "" if x is None else x, y] for n, (x, y) in enumerate(rows))


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_a_csv_file_has_the_types_of_the_whole_file(rows, size):
    def test(folder):
        write_csv(folder / "users.csv", rows)
        assert_same(folder / "users.csv", size)

    in_folder(test)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12), st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_a_database_s_columns_have_the_types_of_all_their_values(rows, size):
    def test(folder):
        with sqlite3.connect(folder / "users.db") as opened:
            opened.execute("create table users (id integer primary key, x, y)")
            opened.executemany("insert into users (x, y) values (?, ?)", rows)
        opened.close()
        assert_same(f"sqlite:///{folder}/users.db#users", size)

    in_folder(test)


@given(COLUMNS.filter(len), st.integers(1, 5), st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_a_parquet_file_is_cut_anywhere(column, size, group):
    def test(folder):
        table = pa.table({"id": range(len(column)), "x": column})
        pq.write_table(table, folder / "users.parquet", row_group_size=group)
        assert_same(folder / "users.parquet", size)

    in_folder(test)


def test_what_a_database_mixes_is_kept_as_it_is(folder):
    rows = [(1,), (None,), (2**62,), ("x",), (0.5,)]
    with sqlite3.connect(folder / "users.db") as opened:
        opened.execute("create table users (id integer primary key, x)")
        opened.executemany("insert into users (x) values (?)", rows)
    opened.close()

    _, joined = both(f"sqlite:///{folder}/users.db#users", 2)

    assert joined["x"].dropna().tolist() == [1, 2**62, "x", 0.5]


def test_dictionaries_in_a_parquet_file_read_as_what_they_hold(folder):
    tiers = pa.array(["a", "b", None, "a"]).dictionary_encode()
    pq.write_table(pa.table({"id": range(4), "tier": tiers}), folder / "users.parquet")

    assert_same(folder / "users.parquet", 3)


def test_times_and_decimals_keep_their_precision(folder):
    times = pa.array([1, None, 3], pa.timestamp("ms", "UTC"))
    prices = pa.array([Decimal("1.50"), Decimal("2.00"), None])
    pq.write_table(pa.table({"id": range(3), "t": times, "p": prices}), folder / "users.parquet")

    assert_same(folder / "users.parquet", 1)


def test_a_row_longer_than_a_block_is_read(folder):
    rows = [("a", "b"), ("x" * (2 << 20), "y"), ("c", "5")]
    write_csv(folder / "users.csv", rows)

    _, joined = both(folder / "users.csv", 2)

    assert joined["x"].str.len().tolist() == [1, 2 << 20, 1]


def test_a_fault_in_the_last_part_is_told_by_its_line(folder):
    write_csv(folder / "users.csv", [("a", "b")] * 6)
    (folder / "users.csv").write_text((folder / "users.csv").read_text() + "7,a\n")

    with pytest.raises(AuthorMistake, match="line 8: 2 values, the header has 3"):
        list(UserTable(source=str(folder / "users.csv"), id="id").parts(rows=2))


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_ids_are_checked_over_the_whole_table(folder, rows):
    ids = ["a", "b", "c", "", "a", "d", "b", "", "a", "e"]
    text = "".join(f"{one},{n}\n" for n, one in enumerate(ids))
    (folder / "users.csv").write_text(f"id,x\n{text}")

    with pytest.raises(AuthorMistake) as caught:
        list(UserTable(source=str(folder / "users.csv"), id="id").parts(rows=rows))

    assert [fault.fault for fault in caught.value.faults] == [
        f"2 rows of {folder}/users.csv have no id, first in row 4, 8",
        f"2 ids are there more than once in {folder}/users.csv: 'a', 'b'",
    ]


def test_no_part_with_a_repeated_id_is_handed_out(folder):
    (folder / "users.csv").write_text("id\na\nb\nc\na\ne\nf\n")
    parts = UserTable(source=str(folder / "users.csv"), id="id").parts(rows=2)

    assert next(parts)["id"].tolist() == ["a", "b"]
    with pytest.raises(AuthorMistake, match=r"1 ids are there more than once in .*users.csv: 'a'"):
        next(parts)
