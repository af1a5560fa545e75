"""User tables in databases, by SQLAlchemy URL: `#table` or `#select ...`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from blocks import user_table_sql_where
from blocks.mistake import AuthorMistake, nearest
from blocks.user_table_condition import Clause
from blocks.user_table_source import FIELD, existing, is_query

_PACKAGES = {"psycopg": "psycopg[binary]", "MySQLdb": "mysqlclient"}
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


def narrowed(source: str, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Return how many rows there are, and how many are left after each clause it can answer."""
    with _connected(source) as (connection, what):
        asked = user_table_sql_where.answering(connection, what, clauses)
        if not asked.clauses:
            return ()
        (row,) = _run(connection, asked.counting(_place(connection, what)))
        return tuple(int(str(count)) for count in row)


def parts(
    source: str,
    names: Sequence[str],
    *,
    id_column: str,
    rows: int,
    clauses: tuple[Clause, ...] = (),
) -> Iterator[pd.DataFrame]:
    """Yield these columns in parts of `rows` rows; the database is asked for no others.

    More than one part is selected twice, in one transaction: first for the types of the columns,
    which are those of the whole table also where `clauses` leave rows out.
    """
    with _connected(source) as (connection, what):
        _see_one_state(connection)
        quoted = ", ".join(
            connection.dialect.identifier_preparer.quote_identifier(n) for n in names
        )
        statement = _select(connection, quoted, what)
        if clauses:
            dtypes = _dtypes(_selected(connection, statement, names, rows))
            only = user_table_sql_where.answering(connection, what, clauses).where()
            for part in _selected(connection, f"{statement}{only}", names, rows):
                yield _cast(part, dtypes)
            return
        selected = _selected(connection, statement, names, rows)
        first = next(selected, None)
        if first is None:
            return
        second = next(selected, None)
        if second is None:
            yield first.apply(typed)
            return
        dtypes = _dtypes(chain((first, second), selected))
        del first, second
        for part in _selected(connection, statement, names, rows):
            yield _cast(part, dtypes)


@dataclass(frozen=True, slots=True)
class Typed:
    """The columns of a table: which hold texts, zoned times or local ones; of a query, nothing."""

    kinds: Mapping[str, Literal["text", "zoned", "local"]]
    quoted: Callable[[str], str]


def rows_where(
    source: str, names: Sequence[str], *, where: Callable[[Typed], str], rows: int
) -> Iterator[pd.DataFrame]:
    """Yield these columns as the driver's objects, of the rows for which a condition holds."""
    with _connected(source) as (connection, what):
        quote = connection.dialect.identifier_preparer.quote_identifier
        statement = _select(connection, ", ".join(map(quote, names)), what)
        if condition := where(Typed(_kinds(connection, what), quote)):
            statement = f"{statement} WHERE {condition}"
        yield from _selected(connection, statement, names, rows)


def typed(column: pd.Series) -> pd.Series:
    """Give a dtype to a column of objects that are of one kind; a mixed one stays as it is."""
    if not pd.api.types.is_object_dtype(column.dtype):
        return column
    dtype = _DTYPES.get(pd.api.types.infer_dtype(column, skipna=True))
    try:
        return column.astype(dtype) if dtype else column
    except OverflowError:  # an integer beyond 64 bits stays one
        return column


def dtype_of(kinds: Set[str]) -> Any:
    """Return the dtype of a whole column from the dtypes of its filled parts."""
    if not kinds:
        return "str"
    if len(kinds) == 1 and not kinds & {"object", "huge"}:
        return next(iter(kinds))
    return "Float64" if "Float64" in kinds and kinds <= {"Int64", "Float64", "huge"} else object


def _dtypes(parts: Iterable[pd.DataFrame]) -> dict[str, Any]:
    """Return the dtypes of the columns of a table that comes in parts."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        for name in part:
            kinds[str(name)] |= _kind(part[name])
    return {name: dtype_of(found) for name, found in kinds.items()}


def _kind(column: pd.Series) -> set[str]:
    if column.isna().all():
        return set()
    found = typed(column).dtype
    huge = (
        pd.api.types.is_object_dtype(found)
        and pd.api.types.infer_dtype(column, skipna=True) == "integer"
    )
    return {"huge" if huge else str(found)}


def _cast(part: pd.DataFrame, dtypes: Mapping[str, Any]) -> pd.DataFrame:
    try:
        return part.astype(dtypes)
    except (ValueError, TypeError):
        raise AuthorMistake.of(FIELD, "its rows changed while they were read") from None


def _selected(
    connection: Connection, statement: str, names: Sequence[str], rows: int
) -> Iterator[pd.DataFrame]:
    """Yield what a statement selects as the objects that the driver makes of it."""
    with closing(_run(connection, statement, stream_results=True)) as result:
        for part in iter(lambda: result.fetchmany(rows), []):
            # Column by column: pandas would look at each value of each row.
            columns = zip(names, zip(*part, strict=True), strict=True)
            yield pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns})


def _see_one_state(connection: Connection) -> None:
    """Let all that is selected be of one moment, where the database does not do so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")


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
    if is_query(what):
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


def _kinds(connection: Connection, what: str) -> dict[str, Literal["text", "zoned", "local"]]:
    if is_query(what):
        return {}
    schema, _, table = what.rpartition(".")
    found: dict[str, Literal["text", "zoned", "local"]] = {}
    for column in sa.inspect(connection).get_columns(table, schema=schema or None):
        # A text that an enumeration does not know is an error in PostgreSQL.
        if isinstance(column["type"], sa.String) and not isinstance(column["type"], sa.Enum):
            found[column["name"]] = "text"
        elif isinstance(column["type"], sa.DateTime) and connection.dialect.name == "postgresql":
            found[column["name"]] = "zoned" if column["type"].timezone else "local"
    return found


def _select(connection: Connection, quoted: str, what: str) -> str:
    """Return the statement over the table or the query."""
    place = _place(connection, what)
    return f"SELECT {quoted} FROM {place}"  # noqa: S608 - the campaign author's own query


def _place(connection: Connection, what: str) -> str:
    """Return the table, or the query (which may end in a comment), as one selects from it."""
    if is_query(what):
        return f"(\n{what}\n) AS hookline_users"
    quote = connection.dialect.identifier_preparer.quote_identifier
    schema, _, table = what.rpartition(".")
    return f"{quote(schema)}.{quote(table)}" if schema else quote(table)


def _run(
    connection: Connection, statement: str, *, stream_results: bool = False
) -> sa.CursorResult[tuple[object, ...]]:
    # Told that there are no parameters, a driver leaves a % in a query alone.
    options = {"no_parameters": True, "stream_results": stream_results}
    return connection.exec_driver_sql(statement, execution_options=options)


def _told(error: SQLAlchemyError, url: URL) -> str:
    told = str(getattr(error, "orig", None) or error).splitlines()[0]
    return told.replace(url.password, "***") if url.password else told
