"""From an Arrow table to a pandas one in which an integer that may be unset stays an integer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import pandas as pd
import pyarrow as pa

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


def decoded(table: pa.Table) -> pa.Table:
    """Write dictionary-encoded columns out, so that they read as what they hold."""
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(position).cast(field.type.value_type)
            table = table.set_column(position, field.name, column)
    return table


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
