"""Event tables with Arrow types: what to read of them and what to leave out, as expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import dataset

from blocks.event_chunk import ANY_EVENT, Events, Wanted, Window
from blocks.event_table import EventTable, Shape
from blocks.event_table_where import FARTHEST
from blocks.mistake import AuthorMistake
from blocks.user_table_arrow import decoded, frame, in_parts
from blocks.user_table_ids import as_texts

_PARAMETER = "parameter "


def shape_of(schema: pa.Schema, table: EventTable) -> Shape:
    """Return what a table of this schema has.

    Raises AuthorMistake when a column's type cannot be what it is mapped to.
    """
    columns = tuple(schema.names)
    if table.time in columns and not _is_time(schema.field(table.time).type):
        _refuse("time", table.time, schema, "dates, ISO 8601 texts or unix times")
    if not table.parameters or table.parameters not in columns:
        return Shape(columns, columns)
    kind = schema.field(table.parameters).type
    if pa.types.is_struct(kind):
        return Shape(columns, tuple(field.name for field in kind))
    if not (is_text(_plain(kind)) or (pa.types.is_map(kind) and is_text(kind.key_type))):
        _refuse("parameters", table.parameters, schema, "JSON texts, a struct, or a map of texts")
    return Shape(columns)


def projection(schema: pa.Schema, table: EventTable, wanted: Wanted) -> dict[str, Any]:
    """Return the expressions of the wanted columns, by the names that `events_of` reads."""
    found = {"user": pc.field(table.user), "event": pc.field(table.event)}
    if wanted.time:
        found["time"] = pc.field(table.time)
    if wanted.value:
        found["value"] = pc.field(table.value)
    for name in wanted.parameters:
        kind = schema.field(table.parameters).type if table.parameters else None
        if kind is None:
            found[f"{_PARAMETER}{name}"] = pc.field(name)
        elif pa.types.is_struct(kind):
            found[f"{_PARAMETER}{name}"] = pc.field(table.parameters, name)
        elif pa.types.is_map(kind):
            key = pa.scalar(name, kind.key_type)
            found[f"{_PARAMETER}{name}"] = pc.map_lookup(pc.field(table.parameters), key, "last")
        else:
            found["json"] = pc.field(table.parameters)
    return found


def projected(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], table: EventTable, wanted: Wanted
) -> Iterator[pa.RecordBatch]:
    """Yield batches of these columns as a projection.

    Each is read to its end: a scanner over all of them, if it were left half-read, would ask for
    the next one from a thread of its own when Python is about to end, which aborts it.
    """
    columns = projection(schema, table, wanted)
    for batch in batches:
        yield from dataset.InMemoryDataset(batch).to_table(columns=columns).to_batches()


def columns_of(table: EventTable, wanted: Wanted) -> list[str]:
    """Return the columns that hold what is wanted, each once."""
    found = [table.user, table.event]
    found += [table.time] if wanted.time else []
    found += [table.value] if wanted.value else []
    if wanted.parameters:
        found += [table.parameters] if table.parameters else wanted.parameters
    return list(dict.fromkeys(found))


def within(schema: pa.Schema, table: EventTable, wanted: Wanted) -> pc.Expression | None:
    """Return an expression that holds for all events in the windows, and for few others."""
    if not is_text(_plain(schema.field(table.event).type)):
        return None
    return reduce(or_, (_within(window, schema, table) for window in wanted.windows))


def chunks_of(batches: Iterable[pa.RecordBatch], *, rows: int) -> Iterator[Events]:
    """Yield the events of batches that hold a projection, `rows` at a time."""
    for table in in_parts(batches, rows):
        yield _events_of(decoded(table, ids="user"))


def named(batches: Iterable[pa.RecordBatch], names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield of batches that hold a projection the events of these names, if they are encoded."""
    for batch in batches:
        column = batch.column("event")
        encoded = pa.types.is_dictionary(column.type) and is_text(column.type.value_type)
        if not encoded or ANY_EVENT in names:
            yield batch
            continue
        asked = pc.is_in(column.dictionary, pa.array(names, column.type.value_type))
        yield batch.filter(asked.take(column.indices))


def _events_of(table: pa.Table) -> Events:
    found = frame(table)
    return Events(
        users=as_texts(found["user"]),
        names=as_texts(found["event"]),
        times=found.get("time"),
        values=found.get("value"),
        json=found.get("json"),
        parameters={
            name.removeprefix(_PARAMETER): found[name]
            for name in found.columns
            if name.startswith(_PARAMETER)
        },
    )


def _within(window: Window, schema: pa.Schema, table: EventTable) -> pc.Expression:
    named = pc.field(table.event) == window.event
    if window.event == ANY_EVENT:
        named = pc.scalar(True)
    kind = schema.field(table.time).type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return named
    time = pc.field(table.time)
    bounds = []
    if window.since is not None:
        bounds.append(time >= _bound(window.since - _slack(kind), kind))
    if window.until is not None:
        bounds.append(time < _bound(window.until + _slack(kind), kind))
    if not bounds:
        return named
    # Events without a time are counted: they are left to the rules.
    return named & (reduce(lambda one, two: one & two, bounds) | time.is_null())


def _slack(kind: pa.DataType) -> timedelta:
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    return timedelta(seconds=1) if zoned else FARTHEST


def _bound(moment: datetime, kind: pa.DataType) -> pa.Scalar:
    """Return a moment in the type of a column; a naive one is told in UTC."""
    moment = moment.astimezone(UTC)
    if pa.types.is_date(kind):
        return pa.scalar(moment.date(), kind)
    whole = pa.scalar(moment.replace(tzinfo=None), pa.timestamp("us"))
    return whole.cast(pa.timestamp(kind.unit), safe=False).cast(pa.int64()).cast(kind)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a type is that of texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_time(kind: pa.DataType) -> bool:
    kind = _plain(kind)
    return bool(
        pa.types.is_timestamp(kind)
        or pa.types.is_date(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or is_text(kind)
    )


def _refuse(field: str, name: str, schema: pa.Schema, wants: str) -> None:
    kind = schema.field(name).type
    raise AuthorMistake.of(f"events.{field}", f"the column '{name}' holds {kind}, not {wants}")
