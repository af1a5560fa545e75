"""Databases: a table or a query, only the wanted columns, no password told."""

from __future__ import annotations

import importlib.util
import sqlite3

import pandas as pd
import pytest

from blocks.mistake import AuthorMistake
from blocks.user_table import UserTable
from blocks.user_table_source import expanded
from blocks.user_table_sql import typed


@pytest.fixture
def database(tmp_path):
    with sqlite3.connect(tmp_path / "users.db") as opened:
        opened.executescript(
            """
            create table customers (id integer, "first name" text, score real, n integer, mixed);
            insert into customers values (1, 'Zoë', 1.5, 6, 'x'), (2, null, null, null, 2),
                (3, '100%', 2, 9223372036854775807, null);
            create view big as select * from customers where n > 1;
            create table empty (id integer);
            """
        )
    opened.close()
    return f"sqlite:///{tmp_path}/users.db"


def table(source, id="id"):
    return UserTable(source=source, id=id)


def mistake(source):
    with pytest.raises(AuthorMistake) as caught:
        table(source).read()
    (fault,) = caught.value.faults
    assert fault.field == "users.source"
    assert caught.value.__cause__ is None
    return fault.fault, fault.hint


def test_a_table_is_read_with_its_types(database):
    users = table(f"{database}#customers").read()

    assert users.columns.tolist() == ["id", "first name", "score", "n", "mixed"]
    assert users["id"].tolist() == ["1", "2", "3"]
    assert users["first name"].dtype == "str"
    assert users["score"].dtype == "Float64"
    assert users["n"].tolist() == [6, pd.NA, 2**63 - 1]
    assert users["mixed"].tolist()[:2] == ["x", 2]


def test_a_view_and_a_query_are_tables_too(database):
    assert table(f"{database}#big").read(["n"]).columns.tolist() == ["id", "n"]
    query = "SELECT id, \"first name\" AS name FROM customers WHERE name LIKE '%:%%' OR 1 -- all;"
    users = table(f"{database}#{query}")
    assert users.columns() == ["id", "name"]
    assert users.read(["name"])["name"].dropna().tolist() == ["Zoë", "100%"]
    assert len(table(f"{database}#with u as (select 1 as id) select * from u;").read()) == 1


def test_only_wanted_columns_are_asked_for(database):
    # abs() of this number fails in SQLite, but only where it is computed.
    users = table(f"{database}#select id, n, abs(-9223372036854775808) as broken from customers")

    assert users.read(["n"]).columns.tolist() == ["id", "n"]


def test_many_rows_come_in_pieces_and_keep_one_type(database, tmp_path):
    query = (
        "with recursive c(id) as (select 1 union all select id + 1 from c where id < 50001)"
        " select id, case when id > 50000 then 0.5 else id end as x,"
        " case when id > 50000 then 'late' end as late from c"
    )

    users = table(f"{database}#{query}").read()

    assert len(users) == 50_001
    assert users["x"].dtype == "Float64"
    assert users["late"].dropna().tolist() == ["late"]


def test_integers_beyond_64_bits_stay_integers():
    column = pd.Series([2**70, 1], dtype=object)

    assert typed(column).tolist() == [2**70, 1]


def test_an_unknown_table_is_told_with_the_nearest(database):
    assert mistake(f"{database}#customer") == (
        "the database has no table 'customer'",
        "did you mean 'customers'?",
    )
    assert "customers" in mistake(f"{database}#zzzzzz")[1]
    assert "no table 'main.none'" in mistake(f"{database}#main.none")[0]
    assert len(table(f"{database}#main.customers").read()) == 3


def test_sql_errors_are_told_in_one_line(database):
    assert mistake(f"{database}#select nope from customers") == (
        "the database says: no such column: nope",
        "",
    )
    empty = f"{database}#select * from empty"
    assert mistake(empty)[0] == f"the user table {empty} has no rows"


def test_a_missing_database_is_not_made(tmp_path):
    fault, _ = mistake(f"sqlite:///{tmp_path}/none.db#t")

    assert "there is no file" in fault
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at" * 30)
    assert "file is not a database" in mistake(f"sqlite:///{tmp_path}/text.db#t")[0]


def test_a_url_that_cannot_be_used_is_told(database):
    assert mistake(database) == ("the URL names no table", "add #table or #select ...")
    assert mistake("oracel://h/db#t")[0] == "the database 'oracel' is not known"
    assert mistake("://h#t")[0] == "not a database's URL"
    assert mistake("postgresql://u:p@h:port/db#t")[0] == "not a database's URL"


def test_a_missing_driver_is_told_with_its_package():
    if importlib.util.find_spec("pymssql"):
        pytest.skip("the driver pymssql is installed")

    assert mistake("mssql+pymssql://u:s3cret@h/db#t") == (
        "the database driver 'pymssql' is not installed",
        "pip install 'pymssql'",
    )


def test_a_password_is_not_told_with_the_database_s_error():
    if not importlib.util.find_spec("psycopg"):
        pytest.skip("the driver psycopg is not installed")

    fault, _ = mistake("postgresql+psycopg://s3cret:s3cret@127.0.0.1:9/s3cret#t")

    assert fault.startswith("the database says: ")
    assert "s3cret" not in fault


def test_passwords_from_the_environment_may_hold_any_character(database):
    environ = {"P": "a@b/c#d:e%", "H": "db.example.com:5432", "URL": database}

    assert (
        expanded("postgresql://u:${P}@${H}/db#select '${P}'", environ)
        == "postgresql://u:a%40b%2Fc%23d%3Ae%25@db.example.com:5432/db#select 'a@b/c#d:e%'"
    )
    assert expanded("sqlite:///$${P}.db#t", environ) == "sqlite:///${P}.db#t"
    assert len(table("${URL}#customers").read(environ=environ)) == 3
