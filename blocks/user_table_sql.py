"""User tables in databases, by SQLAlchemy URL: `#table` or `#select ...`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from blocks.mistake import AuthorMistake, nearest
from blocks.user_table_source import FIELD, existing

_PACKAGES = {"psycopg": "psycopg[binary]", "MySQLdb": "mysqlclient"}
_ROWS_AT_ONCE = 50_000
_DTYPES: dict[str, Any] = {
    "string": "str",
    "empty": "str",
    "integer": "Int64",
    "floating": "Float64",
    "mixed-integer-float": "Float64",
    "boolean": "boolean",
}


def columns(source: str) -> list[str]:
    """Return the names of the columns of the table or the query."""
    with _connected(source) as (connection, what):
        return _columns(connection, what)


def read(source: str, names: Sequence[str], *, id_column: str) -> pd.DataFrame:
    """Return these columns; the database is asked for no others."""
    with _connected(source) as (connection, what):
        quoted = ", ".join(
            connection.dialect.identifier_preparer.quote_identifier(n) for n in names
        )
        rows = _run(connection, _select(connection, quoted, what), stream_results=True)
        # Column by column: pandas would look at each value of each row.
        parts = [
            pd.DataFrame(
                {
                    name: typed(pd.Series(values, dtype=object))
                    for name, values in zip(names, zip(*part, strict=True), strict=True)
                }
            )
            for part in iter(lambda: rows.fetchmany(_ROWS_AT_ONCE), [])
        ]
    users = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(names))
    return users.apply(typed)


def typed(column: pd.Series) -> pd.Series:
    """Give a dtype to a column of objects that are of one kind; a mixed one stays as it is."""
    if not pd.api.types.is_object_dtype(column.dtype):
        return column
    dtype = _DTYPES.get(pd.api.types.infer_dtype(column, skipna=True))
    try:
        return column.astype(dtype) if dtype else column
    except OverflowError:  # an integer beyond 64 bits stays one
        return column


@contextmanager
def _connected(source: str) -> Iterator[tuple[Connection, str]]:
    """Open the database of the URL; its errors become mistakes that show no password."""
    text, _, what = source.partition("#")
    if not what.strip():
        raise AuthorMistake.of(FIELD, "the URL names no table", hint="add #table or #select ...")
    url = _url(text)
    try:
        engine = sa.create_engine(url, poolclass=NullPool)
        with engine.connect() as opened:
            yield opened, what.strip().rstrip(";")
    except NoSuchModuleError:
        raise AuthorMistake.of(FIELD, f"the database '{url.drivername}' is not known") from None
    except ModuleNotFoundError as error:
        package = _PACKAGES.get(f"{error.name}", f"{error.name}")
        raise AuthorMistake.of(
            FIELD,
            f"the database driver '{error.name}' is not installed",
            hint=f"pip install '{package}'",
        ) from None
    except SQLAlchemyError as error:
        raise AuthorMistake.of(FIELD, f"the database says: {_told(error, url)}") from None


def _url(text: str) -> URL:
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise AuthorMistake.of(
            FIELD, "not a database's URL", hint="sqlite:///users.db#table, for instance"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        # SQLite would make an empty database of a wrong name.
        existing(re.sub(r"^file:|\?.*", "", str(url.database)))
    return url


def _columns(connection: Connection, what: str) -> list[str]:
    if _is_query(what):
        return list(_run(connection, f"{_select(connection, '*', what)} LIMIT 0").keys())
    schema, _, table = what.rpartition(".")
    inspector = sa.inspect(connection)
    known = [
        *inspector.get_table_names(schema=schema or None),
        *inspector.get_view_names(schema=schema or None),
    ]
    if table not in known:
        hint = nearest(table, known) or f"it has: {', '.join(known[:20]) or 'none'}"
        raise AuthorMistake.of(FIELD, f"the database has no table '{what}'", hint=hint)
    return [column["name"] for column in inspector.get_columns(table, schema=schema or None)]


def _is_query(what: str) -> bool:
    return re.match(r"(?i)(select|with|values)\s", what) is not None


def _select(connection: Connection, quoted: str, what: str) -> str:
    """Return the statement over the table, or over the query (which may end in a comment)."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    schema, _, table = what.rpartition(".")
    place = f"{quote(schema)}.{quote(table)}" if schema else quote(table)
    if _is_query(what):
        place = f"(\n{what}\n) AS hookline_users"
    return f"SELECT {quoted} FROM {place}"  # noqa: S608 - the campaign author's own query


def _run(
    connection: Connection, statement: str, *, stream_results: bool = False
) -> sa.CursorResult[tuple[object, ...]]:
    # Told that there are no parameters, a driver leaves a % in a query alone.
    options = {"no_parameters": True, "stream_results": stream_results}
    return connection.exec_driver_sql(statement, execution_options=options)


def _told(error: SQLAlchemyError, url: URL) -> str:
    told = str(getattr(error, "orig", None) or error).splitlines()[0]
    return told.replace(url.password, "***") if url.password else told
