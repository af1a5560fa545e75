"""From an Arrow table to a pandas one in which an integer that may be unset stays an integer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa

_UUID = pa.uuid()
# Where the 32 digits of a UUID stand, and the two of each byte.
_DIGITS = [place for place in range(36) if place not in (8, 13, 18, 23)]
_HEX = np.array([list(f"{one:02x}".encode()) for one in range(256)], np.uint8)
_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.float32(): pd.Float32Dtype(),
    pa.float64(): pd.Float64Dtype(),
}


def frame(table: pa.Table) -> pd.DataFrame:
    """Return the table in pandas, its columns in order; nested values as lists and dicts."""
    # Self-destruction frees each Arrow column once it is converted: half the memory at the peak.
    return cast(
        pd.DataFrame,
        table.to_pandas(
            types_mapper=_NULLABLE.get,
            ignore_metadata=True,
            maps_as_pydicts="lossy",
            split_blocks=True,
            self_destruct=True,
        ),
    )


def decoded(table: pa.Table, *, ids: str = "") -> pa.Table:
    """Write dictionary-encoded columns and UUIDs out, so that they read as what they hold.

    In the column `ids` 16 bytes without a name are UUIDs too: not every writer names them.
    """
    for position, field in enumerate(table.schema):
        column = table.column(position)
        if pa.types.is_dictionary(field.type):
            table = table.set_column(position, field.name, column.cast(field.type.value_type))
        elif field.type == _UUID or (field.name == ids and field.type == _UUID.storage_type):
            parts = [_uuid_texts(one) for one in column.cast(_UUID.storage_type).chunks]
            written = pa.chunked_array(parts, pa.string())
            table = table.set_column(position, field.name, written)
    return table


def _uuid_texts(column: pa.FixedSizeBinaryArray) -> pa.StringArray:
    """Write 16 bytes each as their 32 digits, in lower case and with dashes."""
    if not len(column):
        return pa.array([], pa.string())
    read = np.frombuffer(column.buffers()[1], np.uint8)
    values = read[16 * column.offset :][: 16 * len(column)]
    written = np.full((len(column), 36), ord("-"), np.uint8)
    written[:, _DIGITS] = _HEX[values].reshape(len(column), 32)
    unset = column.is_null().to_numpy(zero_copy_only=False)
    return pa.array(written.view("S36").ravel(), mask=unset).cast(pa.string())


def in_parts(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Yield the rows of the batches in tables of `rows` rows, the last one smaller."""
    held: list[pa.RecordBatch] = []
    room = rows
    for batch in batches:
        while batch.num_rows:
            held.append(batch.slice(0, room))
            room -= held[-1].num_rows
            batch = batch.slice(held[-1].num_rows)
            if not room:
                yield pa.Table.from_batches(held)
                held, room = [], rows
    if held:
        yield pa.Table.from_batches(held)
