"""Event tables in DuckDB files: `events.duckdb#table`, or `#select ...`."""

from __future__ import annotations

from collections.abc import Generator

import duckdb
import pyarrow as pa

from blocks.event_chunk import Events, Wanted
from blocks.event_table import EventTable, Shape
from blocks.event_table_arrow import chunks_of, columns_of, is_text, projected, shape_of
from blocks.event_table_where import Times, condition
from blocks.user_table_duckdb import opened
from blocks.user_table_where import quoted

_BATCH_ROWS = 131_072


def shape(source: str, table: EventTable) -> Shape:
    """Return what the table or the query tells of its columns."""
    with opened(source) as (connection, named):
        return shape_of(_schema(_events(connection, named)), table)


def chunks(source: str, table: EventTable, wanted: Wanted, *, rows: int) -> Generator[Events]:
    """Yield the events; DuckDB leaves out those of other names and times."""
    with opened(source) as (connection, named):
        found = _events(connection, named)
        schema = _schema(found)
        where = _where(schema, table, wanted)
        filtered = found.filter(where) if where else found
        names = ", ".join(quoted(name) for name in columns_of(table, wanted))
        batches = filtered.project(names).to_arrow_reader(_BATCH_ROWS)
        yield from chunks_of(projected(batches.schema, batches, table, wanted), rows=rows)


def _where(schema: pa.Schema, table: EventTable, wanted: Wanted) -> str:
    if not is_text(schema.field(table.event).type):
        return ""
    kind = schema.field(table.time).type
    times: Times = "other"
    if pa.types.is_timestamp(kind):
        times = "local" if kind.tz is None else "zoned"
    return condition(wanted, event=quoted(table.event), time=quoted(table.time), times=times)


def _events(connection: duckdb.DuckDBPyConnection, table: str) -> duckdb.DuckDBPyRelation:
    return connection.sql(f"SELECT * FROM {table}")  # noqa: S608 - the author's own query


def _schema(found: duckdb.DuckDBPyRelation) -> pa.Schema:
    return found.limit(0).to_arrow_table().schema
