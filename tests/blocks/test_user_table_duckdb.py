"""User tables in DuckDB files: a table or a query, read only."""

from __future__ import annotations

import duckdb
import pytest

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("duck") / "users.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE SCHEMA crm")
        database.execute(
            "CREATE TABLE users AS SELECT * FROM (VALUES "
            "(1, 'Ada', 3, ['new'], TIMESTAMPTZ '2026-01-31 09:00:00+01', 'free'::ENUM ('free')), "
            '(2, NULL, NULL, NULL, NULL, NULL)) t(id, "First name", months, tags, seen, plan)'
        )
        database.execute("CREATE TABLE crm.people AS SELECT * FROM users LIMIT 1")
    return path


def mistake(source):
    with pytest.raises(AuthorMistake) as caught:
        UserTable(source=source, id="id").read()
    (fault,) = caught.value.faults
    return fault


def test_a_table_comes_with_its_types(file):
    users = UserTable(source=f"{file}#users", id="id").read()

    assert users["id"].tolist() == ["1", "2"]
    assert [str(one) for one in users.dtypes[1:3]] == ["str", "Int32"]
    assert users["tags"].tolist()[0].tolist() == ["new"]
    assert users["seen"][0].isoformat() == "2026-01-31T08:00:00+00:00"
    assert users["plan"].tolist()[0] == "free"


@pytest.mark.parametrize(
    ("what", "count"),
    [("crm.people", 1), ("select * from users where months = 3 -- some", 1), ("users", 2)],
)
def test_a_schema_s_table_and_a_query_are_read_too(file, what, count):
    assert len(UserTable(source=f"duckdb:///{file}#{what}", id="id").read()) == count


def test_a_relative_path_is_taken_from_the_campaign_s_folder(file):
    for source in ("users.duckdb#users", "duckdb:///users.duckdb#users"):
        found = UserTable(source=source, id="id").located(file.parent)

        assert "First name" in found.columns()


@pytest.mark.parametrize(
    ("what", "told", "hint"),
    [
        ("#user", "the database has no table 'user'", "did you mean 'users'?"),
        ("#crm.users", "the database has no table 'crm.users'", "it has: people"),
        ("", "names no table", "add #table or #select ..."),
        ("#select nothing from users", "the database says: Binder Error", ""),
    ],
)
def test_what_is_not_there_is_told(file, what, told, hint):
    fault = mistake(f"{file}{what}")

    assert told in fault.fault
    assert fault.hint == hint


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "users.duckdb").write_text("no database" * 2000)

    assert "the database says" in mistake(f"{tmp_path}/users.duckdb#users").fault
    assert "there is no file" in mistake(f"{tmp_path}/gone.duckdb#users").fault


def test_the_query_cannot_write(file):
    told = mistake(f"{file}#select * from users; DROP TABLE users").fault

    assert "the database says" in told
    assert len(UserTable(source=f"{file}#users", id="id").read()) == 2
