"""Event tables in databases, by SQLAlchemy URL: `#table` or `#select ...`."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import orjson
import pandas as pd

from blocks import user_table_sql
from blocks.event_chunk import Events, Wanted
from blocks.event_table import EventTable, Shape
from blocks.event_table_arrow import columns_of
from blocks.event_table_where import condition
from blocks.user_table_ids import as_texts


def shape(source: str, table: EventTable) -> Shape:
    """Return what the database tells of the columns; parameters in one column are JSON."""
    columns = tuple(user_table_sql.columns(source))
    return Shape(columns, None if table.parameters else columns)


def chunks(source: str, table: EventTable, wanted: Wanted, *, rows: int) -> Generator[Events]:
    """Yield the events; the database leaves out those of other names and times, if it can tell."""

    def where(columns: user_table_sql.Typed) -> str:
        if columns.kinds.get(table.event) != "text":
            return ""
        time = columns.kinds.get(table.time)
        return condition(
            wanted,
            event=columns.quoted(table.event),
            time=columns.quoted(table.time),
            times=time if time in ("zoned", "local") else "other",
        )

    names = columns_of(table, wanted)
    for part in user_table_sql.rows_where(source, names, where=where, rows=rows):
        yield _events(part, table, wanted)


def _events(part: pd.DataFrame, table: EventTable, wanted: Wanted) -> Events:
    def column(name: str) -> pd.Series:
        return user_table_sql.typed(part[name])

    json = bool(table.parameters and wanted.parameters)
    plain = () if json else wanted.parameters
    return Events(
        users=as_texts(column(table.user)),
        names=as_texts(column(table.event)),
        times=column(table.time) if wanted.time else None,
        values=column(table.value) if wanted.value else None,
        parameters={name: column(name) for name in plain},
        json=part[table.parameters].map(_text).astype("str") if json else None,
    )


def _text(value: Any) -> Any:
    """Return JSON as a text: some drivers have read it already."""
    if isinstance(value, dict | list):
        try:
            return orjson.dumps(value, default=str).decode()
        except TypeError:  # an integer beyond 64 bits
            return json.dumps(value, default=str)
    return value if value is None or isinstance(value, str) else str(value)
