"""CSV files are read without guesses: what a template prints is what the file says."""

from __future__ import annotations

import gzip
import re

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable
from blocks.user_table_csv import Readable


def read(path, data, name="users.csv"):
    file = path / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return UserTable(source=str(file), id="id").read()


def typed(*chunks):
    """Return a column of texts as the numbers that all of them can be read as."""
    readable = Readable()
    for chunk in chunks:
        readable = readable.also(pa.array(chunk, pa.string()))
    return pa.chunked_array(chunks, pa.string()).cast(readable.type)


def mistake(path, data, name="users.csv"):
    with pytest.raises(AuthorMistake) as caught:
        read(path, data, name)
    (fault,) = caught.value.faults
    assert fault.field == "users.source"
    return fault.fault.replace(str(path), ""), fault.hint


def printed(value):
    """Print a value as a template does: an integral float without .0."""
    return value if isinstance(value, str) else re.sub(r"\.0$", "", str(value))


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        (["1", "-20", "0"], "Int64"),
        (["1", "", "3"], "Int64"),
        (["29.85", "30", "-0.5", "0.0001"], "Float64"),
        (["29.85", "", "0.05"], "Float64"),
        (["01", "2"], "str"),
        (["1.0", "2"], "str"),
        (["1.50", "2"], "str"),
        (["+1", "2"], "str"),
        (["-0", "1"], "str"),
        (["-0.0", "1.5"], "str"),
        (["1e5", "2"], "str"),
        (["0.00001", "2.5"], "str"),
        ([" 1", "2"], "str"),
        (["1", '""'], "str"),
        (["1", " "], "str"),
        (["nan", "1"], "str"),
        (["NA", "null", "None"], "str"),
        (["true", "false"], "str"),
        (["2026-01-31"], "str"),
        (["", ""], "str"),
        (["9" * 18, "1"], "Int64"),
        (["9" * 19, "1"], "str"),
        (["1234567890.123456789", "1"], "str"),
        (["1234567890123456", "1.5"], "str"),
    ],
)
def test_a_column_is_of_numbers_only_if_each_prints_as_it_is_written(cells, dtype, tmp_path):
    rows = "".join(f"u{n},{cell}\n" for n, cell in enumerate(cells))

    column = read(tmp_path, f"id,x\n{rows}")["x"]

    assert column.dtype == dtype
    assert [printed(value) for value in column.dropna()] == [c.strip('"') for c in cells if c]


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.floats().map(str) | st.integers().map(str) | st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{0,16})?", fullmatch=True), min_size=1, max_size=4))  # fmt: skip  # noqa: E501 - one strategy
@example(["0.1", "123456789012345"])
@settings(deadline=None)
def test_whatever_a_file_says_is_what_is_printed(cells):
    column = typed(cells)

    assert [printed(value) for value in column.to_pylist()] == cells or column.type == pa.string()


@given(
    st.lists(
        st.lists(st.none() | st.sampled_from(["7", "0.5", "9" * 16, "9" * 19, "x", ""]), max_size=3)
    )
)
@settings(deadline=None)
def test_a_column_has_one_type_however_it_is_cut(chunks):
    whole = [cell for chunk in chunks for cell in chunk]

    assert typed(*chunks).type == typed(whole).type


def test_a_column_whose_first_thousand_rows_are_unset_is_still_looked_at():
    later = [None] * 2000 + ["7"]

    assert typed(later).type == pa.int64()
    assert typed([*later, "x"]).type == pa.string()


def test_an_empty_cell_is_unset_a_quoted_empty_one_is_an_empty_text(tmp_path):
    users = read(tmp_path, 'id,x\n1,\n2,""\n3," "\n')

    assert users["x"].isna().tolist() == [True, False, False]
    assert users["x"].tolist()[1:] == ["", " "]


def test_quotes_commas_and_newlines_in_values_are_kept(tmp_path):
    users = read(tmp_path, 'id,"first, last"\r\n1,"Doe, ""J""\nJr."\r\n\r\n2,x\r\n')

    assert users["first, last"].tolist() == ['Doe, "J"\nJr.', "x"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    users = read(tmp_path, b"\xef\xbb\xbfid,x\n1,Zo\xc3\xab\n")

    assert users.columns.tolist() == ["id", "x"]
    assert users["x"].tolist() == ["Zoë"]


def test_tabs_and_gzip_are_told_by_the_name(tmp_path):
    assert read(tmp_path, "id\tx\n1\ta,b\n", "users.tsv")["x"].tolist() == ["a,b"]
    assert read(tmp_path, gzip.compress(b"id,x\n1,5\n"), "users.csv.gz")["x"].tolist() == [5]
    assert read(tmp_path, gzip.compress(b"id\tx\n1\t5\n"), "users.tsv.gz")["x"].tolist() == [5]
    assert read(tmp_path, "id,x\n1,5\n", "USERS.CSV")["x"].tolist() == [5]


def test_a_row_of_another_width_is_told_by_its_line(tmp_path):
    told = "/users.csv, line 5: 3 values, the header has 2"

    assert mistake(tmp_path, 'id,x\n1,a\n2,"b\nc"\n3,d,e\n') == (told, "")


def test_a_quoted_value_without_an_end_is_told_by_its_line(tmp_path):
    assert mistake(tmp_path, 'id,x\n1,a\n2,"b,c\n')[0].startswith("/users.csv, line 3: ")


def test_a_quote_within_a_value_is_a_letter(tmp_path):
    assert read(tmp_path, 'id,x\n1,5" pipe\n2,y\n')["x"].tolist() == ['5" pipe', "y"]


def test_a_row_larger_than_can_be_read_is_told(tmp_path):
    assert "line 2: " in mistake(tmp_path, f"id,x\n1,{'y' * (1 << 25)}\n")[0]


def test_another_encoding_is_told_by_line_and_byte(tmp_path):
    told = ("/users.csv, line 3: byte 5 (0xeb) is not UTF-8", "save the file as UTF-8")

    assert mistake(tmp_path, b"id,x\n1,a\n2,Zo\xeb\n") == told
    far = b"id,x\n" + b"1,a\n" * 20_000 + b"2,Zo\xeb\n"
    assert "line 20002: byte 5" in mistake(tmp_path, far)[0]
    assert "line 1: byte 1 (0xff)" in mistake(tmp_path, "id,x\n1,2\n".encode("utf-16"))[0]


@pytest.mark.parametrize(
    ("text", "name", "hint"),
    [
        ("id;x\n1;2\n", "users.csv", "its columns are separated by semicolons"),
        ("id\tx\n1\t2\n", "users.csv", "its columns are separated by tabs"),
        ("id,x\n1,2\n", "users.tsv", "its columns are separated by commas"),
    ],
)
def test_another_separator_is_told(text, name, hint, tmp_path):
    fault, told = mistake(tmp_path, text, name)

    assert "has one column only" in fault
    assert told.startswith(hint)


def test_a_file_that_is_no_csv_is_a_mistake(tmp_path):
    assert "cannot be read" in mistake(tmp_path, b"no gzip", "users.csv.gz")[0]
    assert "is empty" in mistake(tmp_path, b"\n\n")[0]
    whole = gzip.compress(b"id,x\n" + bytes(str(list(range(90_000))), "ascii"))
    assert "cannot be read" in mistake(tmp_path, whole[: len(whole) // 2], "users.csv.gz")[0]


def test_only_wanted_columns_are_looked_at(tmp_path):
    (tmp_path / "users.csv").write_bytes(b"id,x,y\n1,Zo\xeb,2\n")
    users = UserTable(source=str(tmp_path / "users.csv"), id="id")

    with pytest.raises(AuthorMistake):
        users.read(["x"])
