"""What a source leaves out changes nothing: pushed down, not pushed down, and row by row."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks.mistake import AuthorMistake
from blocks.segment import Segment
from blocks.user_table import UserTable
from tasks.check.narrowed import narrowed
from tasks.segment.facts import Facts
from tasks.segment.funnel import Funnel
from tasks.segment.pushed import clauses_of
from tasks.segment.selection import Selection
from tests.tasks.segment.test_criteria_agree import NOW, ZONE, rules, selects

TEXTS = st.none() | st.sampled_from(["gold", "Gold", "old", "", " ", "6", "06", "o'b", "Zoë", "%"])
INTEGERS = st.none() | st.integers(-10, 70) | st.just(2**31 - 1)
FLOATS = st.none() | st.sampled_from([0.5, 6.0, -6.5, 0.1, float("inf")])
TRUTHS = st.none() | st.booleans()
ROWS = st.lists(st.tuples(TEXTS, INTEGERS, FLOATS, TRUTHS), min_size=1, max_size=12)
NAMES = ("words", "whole", "size", "sure")
SCHEMA = pa.schema(
    {"id": pa.string(), "words": pa.string(), "whole": pa.int32(), "size": pa.float64()}
    | {"sure": pa.bool_()}
)
RULES = st.tuples(rules, st.sampled_from(NAMES)).map(
    lambda pair: pair[0].model_copy(update={"attribute": pair[1]})
)
SEGMENTS = st.builds(
    Segment,
    all=st.lists(RULES | st.builds(Segment, any=st.lists(RULES, max_size=3)), max_size=3),
    any=st.lists(RULES, max_size=2),
    none=st.lists(RULES, max_size=2),
)
EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def frame_of(rows, schema=SCHEMA):
    columns = dict(zip(NAMES, zip(*rows, strict=True), strict=True))
    given = {"id": [str(number) for number in range(len(rows))], **columns}
    return pa.table({field.name: pa.array(given[field.name], field.type) for field in schema})


def told(parts):
    """Return the ids and the funnel of a selection, or the mistakes that ended it."""
    ids, funnel = [], Funnel()
    try:
        for part in parts:
            ids += part.users["id"].tolist()
            funnel += part.funnel
    except AuthorMistake as mistake:
        return [fault.fault for fault in mistake.faults]
    return ids, funnel.as_dict()


def agree(source, segment, rows):
    """Check that three ways of selecting tell the same; return what the source was asked."""
    users = UserTable(source=str(source), id="id")
    selection = Selection(segment=segment, id_column="id", now=NOW, timezone=ZONE)
    columns = ["id", *NAMES]

    pushed = told(narrowed(users, selection, columns=columns, environ={}, worth=-1, share=1))
    whole = told(selection.parts(users.parts(columns)))

    assert pushed == whole
    if isinstance(whole, tuple):
        by_row = [str(n) for n, row in enumerate(rows) if all_of(segment, row)]
        assert whole[0] == by_row
    clauses = clauses_of(selection.steps, {})
    return clauses, users.narrowed(clauses)


def all_of(segment, row):
    """Say whether a row is selected, each rule read with the value of its own column."""
    values = dict(zip(NAMES, row, strict=True))

    def one(part):
        return (
            all_of(part, row)
            if isinstance(part, Segment)
            else selects(part, values[part.attribute])
        )

    return (
        all(map(one, segment.all))
        and (not segment.any or any(map(one, segment.any)))
        and not any(map(one, segment.none))
    )


@given(ROWS, SEGMENTS)
@EXAMPLES
def test_a_parquet_file_and_a_folder_of_them_leave_out_nobody_else(rows, segment):
    with tempfile.TemporaryDirectory() as made:
        (folder := Path(made) / "users").mkdir()
        table = frame_of(rows)
        pq.write_table(table, Path(made) / "users.parquet")
        for number, start in enumerate(range(0, len(rows), 5)):
            pq.write_table(table.slice(start, 5), folder / f"{number}.parquet")

        asked, left = agree(Path(made) / "users.parquet", segment, rows)
        again, as_many = agree(folder, segment, rows)

        assert (asked, left) == (again, as_many)
        assert left[0] == len(rows)


@given(ROWS, SEGMENTS)
@settings(EXAMPLES, max_examples=20)  # opening a file takes a tenth of a second
def test_a_duckdb_file_leaves_out_nobody_else(rows, segment):
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "users.duckdb"
        with duckdb.connect(str(path)) as database:
            users = frame_of(rows)
            database.register("given_", users)
            database.execute("CREATE TABLE users AS SELECT * FROM given_")

        _, left = agree(f"{path}#users", segment, rows)

        assert left[0] == len(rows)


@given(ROWS, SEGMENTS, st.none() | st.sampled_from(["many", b"x", 0.5]))
@EXAMPLES
def test_a_sqlite_table_leaves_out_nobody_else_whatever_it_holds(rows, segment, odd):
    # Its truths are the numbers 1 and 0.
    rows = [(t, n, f, None if b is None else int(b)) for t, n, f, b in rows]
    if odd is not None:
        rows = [*rows, (None, odd, None, None)]
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "users.db"
        database = sqlite3.connect(path)
        database.execute(
            "CREATE TABLE users (id TEXT, words TEXT COLLATE NOCASE, whole INTEGER, size REAL, "
            "sure BOOLEAN)"
        )
        database.executemany(
            "INSERT INTO users VALUES (?, ?, ?, ?, ?)",
            [(str(number), *row) for number, row in enumerate(rows)],
        )
        database.commit()
        database.close()

        if isinstance(odd, bytes):  # no value that a plain reading knows
            rows = [*rows[:-1], (None, "\x00", None, None)]
        clauses, left = agree(f"sqlite:///{path}#users", segment, rows)

        asks_of_it = [c for clause in clauses for c in clause.any_of if c.column == "whole"]
        cannot_be_asked = odd is not None and bool(asks_of_it)
        assert len(left) <= len(clauses) + (not cannot_be_asked)
        assert left[:1] in ((), (len(rows),))  # none where it cannot be asked


@pytest.fixture(scope="module")
def database(postgresql):
    url = postgresql().replace("postgresql:", "postgresql+psycopg:")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE users (id TEXT, words TEXT, whole INTEGER, size DOUBLE PRECISION, "
            "sure BOOLEAN)"
        )
    yield url, engine
    engine.dispose()


@given(ROWS, SEGMENTS)
@settings(EXAMPLES, max_examples=25)
def test_a_postgresql_table_leaves_out_nobody_else(database, rows, segment):
    url, engine = database
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE users")
        connection.execute(
            sa.text("INSERT INTO users VALUES (:id, :t, :n, :f, :b)"),
            [
                dict(zip(("id", "t", "n", "f", "b"), (str(number), *row), strict=True))
                for number, row in enumerate(rows)
            ],
        )

    _, left = agree(f"{url}#users", segment, rows)

    assert left[:1] in ((), (len(rows),))  # none where it cannot be asked


def simple(source, **facts):
    segment = Segment.model_validate(
        {"all": [{"attribute": "whole", "operator": "is at least", "value": 3}]}
    )
    selection = Selection(
        segment=segment, id_column="id", now=NOW, timezone=ZONE, facts=Facts(**facts)
    )
    return narrowed(
        UserTable(source=str(source), id="id"),
        selection,
        columns=["id", "whole"],
        environ={},
        worth=1,
    )


@pytest.fixture
def file(tmp_path):
    rows = [("x", number % 4, None, None) for number in range(40)]
    pq.write_table(frame_of(rows), tmp_path / "users.parquet")
    return tmp_path / "users.parquet"


def test_only_the_rows_that_are_left_come(file):
    nobody, some = simple(file)

    assert len(nobody.rows) == 0
    assert nobody.funnel.steps[0].removed == 30
    assert some.rows["whole"].tolist() == [3] * 10
    assert (nobody.funnel + some.funnel).as_dict()["rows"] == 40


def test_an_id_that_is_there_twice_is_told_also_among_the_rows_left_out(tmp_path):
    rows = [("x", number, None, None) for number in (0, 0, 5)]
    table = frame_of(rows).set_column(0, "id", pa.array(["a", "a", "b"]))
    pq.write_table(table, tmp_path / "users.parquet")

    with pytest.raises(AuthorMistake, match=r"1 ids are there more than once in .*parquet: 'a'"):
        list(simple(tmp_path / "users.parquet"))


def test_lists_of_ids_are_looked_up_in_the_whole_table(file):
    (only,) = simple(file, ids={"vip.txt": pd.Index(["1", "zoe"], dtype="str")})

    assert only.funnel.listed == {"vip.txt": 1}


def test_dates_versions_and_whatever_is_no_plain_rule_stay_with_pandas():
    segment = Segment.model_validate(
        {
            "all": [
                {"attribute": "a", "operator": "is set"},
                {"criterion": "city", "operator": "is not", "value": "Ulm"},
                {"attribute": "a", "operator": "is after", "value": "2026-01-01"},
                {"attribute": "a", "operator": "is set"},
            ]
        }
    )
    selection = Selection(segment=segment, id_column="id", now=NOW, timezone=ZONE)

    clauses = clauses_of(selection.steps, {"city": "Stadt"})

    assert [clause.any_of[0].column for clause in clauses] == ["a", "Stadt"]


@pytest.mark.parametrize(
    "part",
    [
        {"where": "a > 1"},
        {"any": [{"all": [{"attribute": "a", "operator": "is set"}]}]},
        {"all": [{"ids": "vip.txt"}]},
        {"all": [{"attribute": "a", "operator": "is", "value": "1.0", "as_version": True}]},
        {"all": [{"attribute": "a", "operator": "is before", "value": "2026-01-01"}]},
        {
            "all": [
                {
                    "attribute": "a",
                    "operator": "is between",
                    "value": ["2026-01-01", "2026-02-01"],
                }
            ]
        },
    ],
)  # fmt: skip
def test_such_a_step_is_asked_of_no_source(part):
    selection = Selection(
        segment=Segment.model_validate(part), id_column="id", now=NOW, timezone=ZONE
    )

    assert clauses_of(selection.steps, {}) == ()
