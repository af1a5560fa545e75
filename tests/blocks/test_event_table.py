"""Event tables: what they have, what is read of them, and what their authors get wrong."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import duckdb
import fsspec
import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa
from pyarrow import parquet

from blocks.event_chunk import Wanted, Window
from blocks.event_table import EventTable
from blocks.mistake import AuthorMistake

DAY = dt.datetime(2026, 3, 30, tzinfo=dt.UTC)
HEADER = "user,event,time,value,genre\n"
HALF_READ = """\
import sys
from contextlib import closing
from blocks.event_chunk import Wanted, Window
from blocks.event_table import EventTable
table = EventTable(source=sys.argv[1], user="user")
with closing(table.chunks(Wanted(windows=(Window("*"),)), rows=10)) as chunks:
    print(len(next(chunks).users))
"""
ROWS = """\
ada,buy,2026-03-30T10:00Z,2.5,sci-fi
ada,look,2026-03-30T11:00Z,,
bob,buy,2026-01-01,1,"drama, or
not"
,buy,,,""
"""


def csv_of(tmp_path, text=HEADER + ROWS):
    (tmp_path / "events.csv").write_text(text, encoding="utf-8")
    return EventTable(source=str(tmp_path / "events.csv"), user="user", value="value")


def parquet_of(tmp_path, columns, name="events.parquet", **given):
    # Each row is a group of its own: what is left out is left out in groups.
    parquet.write_table(pa.table(columns), tmp_path / name, row_group_size=1)
    return EventTable(source=str(tmp_path / name), user="user", **given)


def plain_columns(**more):
    times = pa.array([DAY, DAY - dt.timedelta(days=90), None], pa.timestamp("ms", "UTC"))
    return {"user": ["1", "2", "3"], "event": ["buy", "buy", "buy"], "time": times} | more


def read(table, *names, since=None, until=None, rows=1000, environ=None, **given):
    windows = tuple(Window(name, since, until) for name in names or ("buy",))
    wanted = Wanted(windows=windows, time=True, **given)
    return list(table.chunks(wanted, environ=environ or {}, rows=rows))


def faults(table, *names, **given):
    def looked_at_and_read():
        table.shape()
        read(table, *names, **given)

    with pytest.raises(AuthorMistake) as caught:
        looked_at_and_read()
    return [str(fault) for fault in caught.value.faults]


def test_a_csv_file_is_read_as_its_texts(tmp_path):
    (chunk,) = read(csv_of(tmp_path), value=True, parameters=("genre",))

    assert chunk.users.fillna("-").tolist() == ["ada", "ada", "bob", "-"]
    assert chunk.names.tolist() == ["buy", "look", "buy", "buy"]
    assert chunk.values.fillna("-").tolist() == ["2.5", "-", "1", "-"]
    assert chunk.parameters["genre"].fillna("-").tolist() == ["sci-fi", "-", "drama, or\nnot", ""]
    assert chunk.json is None


def test_events_come_in_chunks(tmp_path):
    chunks = read(csv_of(tmp_path), rows=3)

    assert [len(chunk.users) for chunk in chunks] == [3, 1]


def test_only_wanted_columns_are_read(tmp_path):
    (chunk,) = read(csv_of(tmp_path))

    assert (chunk.values, chunk.parameters) == (None, {})


def test_a_table_says_which_parameters_events_can_have(tmp_path):
    struct = parquet_of(
        tmp_path, plain_columns(p=[{"a": 1, "b": 2}] * 3), "struct.pq", parameters="p"
    )
    json = parquet_of(tmp_path, plain_columns(p=["{}"] * 3), "json.pq", parameters="p")

    assert csv_of(tmp_path).shape().parameters == ("user", "event", "time", "value", "genre")
    assert struct.shape().parameters == ("a", "b")
    assert json.shape().parameters is None
    assert (csv_of(tmp_path).shape().value, json.shape().value) == (True, False)


def test_a_folder_may_be_partitioned(tmp_path):
    for name in ("buy", "look"):
        (tmp_path / f"events/event={name}").mkdir(parents=True)
        columns = {"user": ["ada"], "time": pa.array([DAY], pa.timestamp("us", "UTC"))}
        parquet.write_table(pa.table(columns), tmp_path / f"events/event={name}/1.parquet")
    table = EventTable(source=str(tmp_path / "events"), user="user")

    (chunk,) = read(table)

    assert table.shape().columns == ("user", "time", "event")
    assert chunk.names.tolist() == ["buy"]


def test_parquet_leaves_out_other_names_and_times_but_not_events_without_a_time(tmp_path):
    table = parquet_of(tmp_path, plain_columns())

    (chunk,) = read(table, since=DAY - dt.timedelta(days=1), until=DAY + dt.timedelta(days=1))

    assert chunk.users.tolist() == ["1", "3"]
    assert read(table, "look") == []


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("ns"), pa.date32()])
def test_times_without_a_zone_are_only_left_out_where_no_zone_could_bring_them_in(tmp_path, kind):
    hours = [-27, -12, 0, 12, 40]
    times = [(DAY + dt.timedelta(hours=one)).replace(tzinfo=None) for one in hours]
    columns = {
        "user": [str(one) for one in hours],
        "event": ["buy"] * 5,
        "time": pa.array([one.date() if kind == pa.date32() else one for one in times], kind),
    }

    (chunk,) = read(parquet_of(tmp_path, columns), since=DAY + dt.timedelta(hours=12))

    assert {"-12", "0", "12", "40"} <= set(chunk.users)


def test_users_and_names_that_are_numbers_are_texts(tmp_path):
    columns = plain_columns(user=[1, 2, None], event=pa.array([5, 5, 6]))

    (chunk,) = read(parquet_of(tmp_path, columns))

    assert chunk.users.fillna("-").tolist() == ["1", "2", "-"]
    assert chunk.names.tolist() == ["5", "5", "6"]


def test_columns_that_are_not_there_are_told_with_the_nearest_names(tmp_path):
    table = csv_of(tmp_path).model_copy(update={"time": "tine", "parameters": "zzz"})

    assert faults(table) == [
        "events.time: the event table has no column 'tine' (did you mean 'time'?)",
        "events.parameters: the event table has no column 'zzz' "
        "(it has: user, event, time, value, genre)",
    ]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            plain_columns(time=[True, False, True]),
            "events.time: the column 'time' holds bool, not dates, ISO 8601 texts or unix times",
        ),
        (
            plain_columns(p=[1, 2, 3]),
            "events.parameters: the column 'p' holds int64, not JSON texts, a struct, or a map "
            "of texts",
        ),
    ],
)
def test_columns_of_a_wrong_type_are_told(tmp_path, columns, told):
    assert faults(parquet_of(tmp_path, columns, parameters="p" if "p" in columns else "")) == [told]


def test_a_repeated_column_is_told(tmp_path):
    assert faults(csv_of(tmp_path, "user,event,time,value,value\n")) == [
        "events.source: the column 'value' is there twice"
    ]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere.csv", "events.source: there is no file nowhere.csv"),
        ("nowhere.parquet", "events.source: there is no file nowhere.parquet"),
        ("sqlite:///nowhere.db#events", "events.source: there is no file nowhere.db"),
        ("duckdb:///nowhere.db#events", "events.source: there is no file nowhere.db"),
        ("duckdb:///nowhere.db", "events.source: nowhere.db names no table"),
        ("events.xlsx", "events.source: 'events.xlsx' is no kind of event table that is known"),
        ("${LAKE}/events.parquet", "events.source: the environment variable LAKE is not set"),
    ],
)
def test_a_source_that_cannot_be_opened_is_told(source, told):
    (fault,) = faults(EventTable(source=source, user="user"))

    assert fault.startswith(told)


def test_events_may_be_in_an_object_store(tmp_path):
    store = fsspec.filesystem("memory")
    parquet_of(tmp_path, plain_columns())
    store.put(str(tmp_path / "events.parquet"), "/lake/events/1.parquet")
    store.pipe("/lake/events.csv", (HEADER + ROWS).encode())

    (folder,) = read(EventTable(source="memory://lake/events", user="user"))
    (file,) = read(EventTable(source="memory://lake/events.csv", user="user"))

    assert folder.users.tolist() == ["1", "2", "3"]
    assert len(file.users) == 4
    store.rm("/lake", recursive=True)


def test_what_is_no_parquet_is_told(tmp_path):
    (tmp_path / "x.parquet").write_text("no")
    (tmp_path / "empty").mkdir()

    (wrong,) = faults(EventTable(source=str(tmp_path / "x.parquet"), user="user"))
    (nothing,) = faults(EventTable(source=str(tmp_path / "empty"), user="user"))

    assert "is not a Parquet file" in wrong
    assert "holds no Parquet file" in nothing


def test_a_csv_file_that_breaks_off_is_told(tmp_path):
    table = csv_of(tmp_path, HEADER + "ada,buy\n")

    (fault,) = faults(table)

    assert "events.csv, line 2" in fault


def test_a_process_that_reads_half_of_a_large_table_ends_well(tmp_path):
    csv_of(tmp_path, "user,event,time\n" + "ada,buy,2026-03-30T10:00Z\n" * 1_300_000)

    done = subprocess.run(
        [sys.executable, "-c", HALF_READ, str(tmp_path / "events.csv")],
        capture_output=True,
        text=True,
        timeout=100,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "10\n", "")


def test_sqlite_is_asked_for_the_names_and_gives_its_times_as_they_are(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/e.db")
    frame = pd.DataFrame(
        {
            "user": ["1", "2", "3"],
            "event": ["buy", "look", "o'neil"],
            "time": ["2026-03-30", "soon", None],
            "p": ['{"a": 1}', None, "x"],
        }
    )
    frame.to_sql("events", engine, index=False)
    engine.dispose()
    table = EventTable(source=f"sqlite:///{tmp_path}/e.db#events", user="user", parameters="p")

    (bought,) = read(table, parameters=("a",))
    (both,) = read(table, "buy", "o'neil")  # such a name is not asked for
    query = table.model_copy(
        update={"source": f"sqlite:///{tmp_path}/e.db#select * from events where p != 'x'"}
    )

    assert bought.users.tolist() == ["1"]
    assert bought.json.tolist() == ['{"a": 1}']
    assert both.users.tolist() == ["1", "2", "3"]
    assert [chunk.users.tolist() for chunk in read(query, since=DAY)] == [["1"]]
    assert table.shape().parameters is None


def test_duckdb_is_asked_for_names_and_times(tmp_path):
    path = tmp_path / "events.duckdb"
    with duckdb.connect(str(path)) as database:
        given = pa.table(plain_columns(p=[{"a": 1}, {"a": 2}, None]))
        database.register("given", given)
        database.sql("CREATE TABLE events AS FROM given")
    table = EventTable(source=f"duckdb:///{path}#events", user="user", parameters="p")

    (chunk,) = read(table, since=DAY - dt.timedelta(days=1), parameters=("a",))
    query = table.model_copy(update={"source": f"duckdb:///{path}#select * from events limit 1"})

    assert chunk.users.tolist() == ["1", "3"]
    assert chunk.parameters["a"].fillna(-1).tolist() == [1, -1]
    assert [one.users.tolist() for one in read(query)] == [["1"]]
    assert faults(EventTable(source=f"duckdb:///{path}#event", user="user")) == [
        "events.source: the database has no table 'event' (did you mean 'events'?)"
    ]
    (fault,) = faults(EventTable(source=f"duckdb:///{path}#select nothing", user="user"))
    assert "the database says: Binder Error" in fault


def test_postgresql_is_asked_for_names_and_times_and_its_json_is_read(postgresql):
    url = postgresql().replace("postgresql:", "postgresql+psycopg:")
    engine = sa.create_engine(url)
    with engine.begin() as opened:
        opened.exec_driver_sql(
            "create table events (who bigint, event text, at timestamptz, day timestamp, p jsonb)"
        )
        opened.exec_driver_sql(
            "insert into events values "
            "(1, 'buy', '2026-03-30', '2026-03-30', '{\"a\": [1]}'), "
            "(2, 'buy', '2025-03-30', '2025-03-30', null), "
            "(3, 'look', '2026-03-30', '2026-03-30', null), (4, 'buy', null, null, null)"
        )
    engine.dispose()
    zoned = EventTable(source="${DATABASE}#events", user="who", time="at", parameters="p")

    for column in ("at", "day"):
        table = zoned.model_copy(update={"time": column})
        (chunk,) = read(
            table,
            since=DAY - dt.timedelta(days=3),
            until=DAY + dt.timedelta(days=3),
            parameters=("a",),
            environ=os.environ | {"DATABASE": url},
        )

        assert chunk.users.tolist() == ["1", "4"]
        assert chunk.json.fillna("-").tolist() == ['{"a":[1]}', "-"]
        assert chunk.times.isna().tolist() == [False, True]


def test_integers_in_the_json_of_postgresql_keep_their_digits(postgresql):
    url = postgresql().replace("postgresql:", "postgresql+psycopg:")
    texts = [f'{{"a":{number}}}' for number in (2**53 + 1, 2**64 - 1, 2**70 + 1)]
    engine = sa.create_engine(url)
    with engine.begin() as opened:
        opened.exec_driver_sql("create table events (who int, event text, time date, p jsonb)")
        for text in texts:
            opened.exec_driver_sql(f"insert into events values (1, 'buy', '2026-03-30', '{text}')")
    engine.dispose()
    table = EventTable(source=f"{url}#events", user="who", parameters="p")

    (chunk,) = read(table, parameters=("a",))

    assert [text.replace(" ", "") for text in chunk.json] == texts


def test_a_password_is_shown_nowhere():
    table = EventTable(source="postgresql://me:hush@db.example/x#events")

    shown = [repr(table), str(table), table.model_dump_json(), table.shown]

    assert not [one for one in shown if "hush" in one]


def test_the_user_column_is_called_as_the_user_tables():
    assert EventTable().of_users("id").user == "id"
    assert EventTable(user="who").of_users("id").user == "who"


def test_a_relative_source_is_taken_from_the_files_folder(tmp_path):
    assert EventTable(source="e.csv").located(tmp_path).source == str(tmp_path / "e.csv")
    assert EventTable().located(tmp_path).source == ""
