"""UUIDs are one text, whoever wrote them: the ids of users, of events, and attributes."""

from __future__ import annotations

import datetime as dt
import uuid

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from blocks.event_chunk import Wanted, Window
from blocks.event_table import EventTable
from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable
from blocks.user_table_arrow import decoded
from blocks.user_table_condition import Clause, Condition

IDS = [uuid.UUID(int=7919 * number) for number in (3, 1, 2)]
TEXTS = [str(one) for one in IDS]
TYPES = {"uuid": pa.uuid(), "bytes": pa.binary(16)}
BOUGHT = Wanted(windows=(Window("buy"),))
LARGE = (Clause((Condition("n", "is greater than", (1,)),)),)


def columns(kind):
    ids = pa.array([one.bytes for one in IDS], TYPES[kind])
    times = [dt.datetime(2026, 3, 1, tzinfo=dt.UTC)] * 3
    return pa.table({"id": ids, "n": [1, 2, 3], "event": ["buy"] * 3, "time": times})


@pytest.fixture(params=["uuid", "bytes", "written by duckdb", "duckdb"])
def source(request, tmp_path):
    path = str(tmp_path / "table.parquet")
    if request.param in TYPES:
        parquet.write_table(columns(request.param), path)
        return path
    parquet.write_table(columns("uuid"), path)
    with duckdb.connect(str(tmp_path / "table.duckdb")) as database:
        database.sql(f"CREATE TABLE given AS SELECT * REPLACE (id::UUID AS id) FROM '{path}'")
        if request.param == "duckdb":
            return f"duckdb:///{tmp_path}/table.duckdb#given"
        database.sql(f"COPY given TO '{path}'")
    return path


def test_ids_are_the_canonical_text_in_both_tables(source):
    users = UserTable(source=source, id="id")
    events = EventTable(source=source, user="id")

    (read,) = users.parts(None)
    (narrowed,) = users.parts(["id"], clauses=LARGE)
    (chunk,) = events.chunks(BOUGHT)

    assert read["id"].tolist() == TEXTS
    assert narrowed["id"].tolist() == TEXTS[1:]
    assert chunk.users.tolist() == TEXTS


def test_an_attribute_is_read_alike_whether_rows_were_left_out_or_not(tmp_path):
    path = str(tmp_path / "users.parquet")
    with duckdb.connect() as database:
        database.sql(
            f"COPY (SELECT n::VARCHAR AS id, n, '{TEXTS[0]}'::UUID AS team FROM range(3) t(n)) "
            f"TO '{path}'"
        )
    users = UserTable(source=path, id="id")

    (read,) = users.parts(["team"])
    (narrowed,) = users.parts(["team"], clauses=LARGE)

    assert read["team"].tolist() == TEXTS[:1] * 3
    assert narrowed["team"].tolist() == TEXTS[:1]


def test_parts_of_a_column_and_unset_uuids_are_written_out():
    column = pa.array([None, *(one.bytes for one in IDS), None], pa.uuid())

    one = decoded(pa.table({"x": column.slice(2)}))
    two = decoded(pa.table({"x": pa.chunked_array([column[:2], column[:0]])}))

    assert one["x"].to_pylist() == [*TEXTS[1:], None]
    assert two["x"].to_pylist() == [None, TEXTS[0]]


def test_ids_of_bytes_that_are_no_text_are_told(tmp_path):
    times = [dt.datetime(2026, 3, 1, tzinfo=dt.UTC)]
    table = pa.table({"id": [b"\xff\xfe"], "event": ["buy"], "time": times})
    path = str(tmp_path / "table.parquet")
    parquet.write_table(table, path)

    with pytest.raises(AuthorMistake) as of_users:
        list(UserTable(source=path, id="id").parts(["id"]))
    with pytest.raises(AuthorMistake) as of_events:
        list(EventTable(source=path, user="id").chunks(BOUGHT))

    told = "the ids of its users are bytes that are no text (ids are texts, numbers or UUIDs)"
    assert [str(one) for one in of_users.value.faults] == [f"users.source: {told}"]
    assert [str(one) for one in of_events.value.faults] == [f"events.source: {told}"]
