"""Execute one statement for many rows at the driver's price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Insert | Update


def execute_many(
    connection: Connection, statement: Statement, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Execute `statement` once a row; all rows name the same columns or parameters.

    SQLAlchemy's own way handles every value of every row in Python and took three times as long.
    The values must be what the driver takes as it is: numbers, texts, booleans, None.
    """
    listed = list(rows)
    if not listed:
        return
    compiled = _compiled(statement, connection.dialect.name, tuple(listed[0]))
    names = compiled.positiontup or []
    fixed = {name: value for name, value in compiled.params.items() if name not in listed[0]}
    pick = itemgetter(*names)
    whole = ({**fixed, **row} for row in listed) if fixed else listed
    connection.exec_driver_sql(str(compiled), [pick(row) for row in whole])


def execute_columns(
    connection: Connection, statement: Statement, columns: Mapping[str, Iterable[Any]]
) -> None:
    """Execute `statement` once a row of columns, the shortest of which says how many there are."""
    compiled = _compiled(statement, connection.dialect.name, tuple(columns))
    fixed = {name: repeat(value) for name, value in compiled.params.items()}
    rows = list(
        zip(*({**fixed, **columns}[name] for name in compiled.positiontup or []), strict=False)
    )
    if rows:
        connection.exec_driver_sql(str(compiled), rows)


@lru_cache(maxsize=64)
def _compiled(statement: Statement, dialect: str, names: tuple[str, ...]) -> SQLCompiler:
    # Only an insert takes its columns from the rows.
    keys = list(names) if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=_positional(dialect), column_keys=keys)
    assert isinstance(compiled, SQLCompiler)
    return compiled


def _positional(dialect: str) -> Dialect:
    if dialect == "sqlite":
        return sqlite.dialect(paramstyle="qmark")
    return postgresql.psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call] # as it is
