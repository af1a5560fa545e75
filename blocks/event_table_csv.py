"""Event tables in CSV files: every cell is the text that is written."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext

import pyarrow as pa

from blocks import user_table_csv
from blocks.event_chunk import Events, Wanted
from blocks.event_table import EventTable, Shape
from blocks.event_table_arrow import chunks_of, columns_of, projected, shape_of
from blocks.user_table_source import is_stored
from blocks.user_table_store import fetched


def shape(source: str, table: EventTable) -> Shape:
    """Return what the header tells; parameters in one column are JSON texts."""
    with _here(source) as path:
        return shape_of(_schema(user_table_csv.columns(path)), table)


def chunks(source: str, table: EventTable, wanted: Wanted, *, rows: int) -> Generator[Events]:
    """Yield the events, all of them: a CSV file is read from its first row to its last."""
    names = columns_of(table, wanted)
    with _here(source) as path:
        batches = user_table_csv.texts(path, names)
        yield from chunks_of(projected(_schema(names), batches, table, wanted), rows=rows)


def _here(source: str) -> AbstractContextManager[str]:
    """Return the path of the file, copied to this machine for as long as it is read."""
    return fetched(source) if is_stored(source) else nullcontext(source)


def _schema(names: list[str]) -> pa.Schema:
    return pa.schema([pa.field(name, pa.string()) for name in names])
