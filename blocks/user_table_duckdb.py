"""User tables in DuckDB files: `users.duckdb#table`, or `#select ...`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pandas as pd

from blocks.mistake import AuthorMistake, nearest
from blocks.user_table_arrow import decoded, frame, in_parts
from blocks.user_table_condition import Clause, Holds, answered
from blocks.user_table_source import FIELD, existing, is_query
from blocks.user_table_where import Words, counting, quoted, where

_HOLDS: dict[str, Holds] = {
    "VARCHAR": "text",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "float",
    "BOOLEAN": "truth",
}
WORDS = Words(contains="contains({0}, {1})", not_nan="NOT isnan({0})")


def columns(source: str) -> list[str]:
    """Return the names of the columns of the table or the query."""
    with opened(source) as (connection, table):
        return [name for name, _ in _described(connection, table)]


def narrowed(source: str, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Return how many rows there are, and how many are left after each clause it can answer."""
    with opened(source) as (connection, table):
        holds = {
            name: _HOLDS.get(kind, "other")
            for name, kind in _described(connection, table)
            if kind != "FLOAT"  # its NaN is unset for pandas
        }
        taken = answered(clauses, holds)
        statement = counting(table, taken, holds, words=WORDS)
        return tuple(connection.execute(statement).fetchone() or ())


def parts(
    source: str,
    names: Sequence[str],
    *,
    id_column: str,
    rows: int,
    clauses: tuple[Clause, ...] = (),
) -> Iterator[pd.DataFrame]:
    """Yield these columns in parts of `rows` rows; nested ones as lists and dicts."""
    with opened(source) as (connection, table):
        holds = {name: _HOLDS.get(kind, "other") for name, kind in _described(connection, table)}
        chosen = ", ".join(map(quoted, names))
        only = where(clauses, holds, words=WORDS)
        statement = f"SELECT {chosen} FROM {table}{only}"  # noqa: S608 - the author's own query
        batches = connection.execute(statement).to_arrow_reader(rows)
        for part in in_parts(batches, rows):
            yield frame(decoded(part, ids=id_column))


@contextmanager
def opened(source: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """Open the file to read, and say what to select from; its errors become mistakes."""
    file, _, what = source.removeprefix("duckdb:///").partition("#")
    if not what.strip():
        raise AuthorMistake.of(FIELD, f"{file} names no table", hint="add #table or #select ...")
    path = str(existing(file))
    try:
        with duckdb.connect(path, read_only=True) as connection:
            # Nothing is fetched from elsewhere, and dates without a zone stay without one.
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute("SET TimeZone = 'UTC'")
            yield connection, _table(connection, what.strip().rstrip(";"))
    except duckdb.Error as error:
        told = str(error).splitlines()[0]
        raise AuthorMistake.of(FIELD, f"{file}: the database says: {told}") from None


def _table(connection: duckdb.DuckDBPyConnection, what: str) -> str:
    if is_query(what):
        return f"(\n{what}\n) AS hookline_users"
    schema, _, table = what.rpartition(".")
    known = [
        row[0]
        for row in connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ?",
            [schema or "main"],
        ).fetchall()
    ]
    if table not in known:
        hint = nearest(table, known) or f"it has: {', '.join(known[:20]) or 'none'}"
        raise AuthorMistake.of(FIELD, f"the database has no table '{what}'", hint=hint)
    return f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)


def _described(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Return the names and types of the columns."""
    statement = f"SELECT * FROM {table} LIMIT 0"  # noqa: S608 - the author's own query
    described = connection.execute(statement).description or []
    return [(str(one[0]), str(one[1])) for one in described]
