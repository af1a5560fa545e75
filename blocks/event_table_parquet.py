"""Event tables in Parquet: a file, a folder, a partitioned one, on disk or elsewhere."""

from __future__ import annotations

from collections.abc import Generator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import dataset

from blocks.event_chunk import Events, Wanted
from blocks.event_table import EventTable, Shape
from blocks.event_table_arrow import chunks_of, named, projection, shape_of, within
from blocks.mistake import AuthorMistake
from blocks.user_table_dataset import dataset_of
from blocks.user_table_source import FIELD, masked

# So many batches are decoded ahead, by the threads of the machine.
_BATCH_ROWS, _BATCHES_AHEAD = 131_072, 8


def shape(source: str, table: EventTable) -> Shape:
    """Return what the schemas of the files, and the names of the folders, tell."""
    return shape_of(_opened(source, table).schema, table)


def chunks(source: str, table: EventTable, wanted: Wanted, *, rows: int) -> Generator[Events]:
    """Yield the events; groups of rows that cannot hold one of the windows are not read."""
    files = _opened(source, table)
    try:
        batches = _narrowed(files, within(files.schema, table, wanted)).to_batches(
            columns=projection(files.schema, table, wanted),
            batch_size=_BATCH_ROWS,
            batch_readahead=_BATCHES_AHEAD,
            fragment_readahead=1,
        )
        yield from chunks_of(named(batches, wanted.names), rows=rows)
    except (pa.ArrowException, OSError) as error:
        raise AuthorMistake.of(FIELD, f"{masked(source)} cannot be read: {_first(error)}") from None


def _opened(source: str, table: EventTable) -> dataset.FileSystemDataset:
    # As codes, names cost half the time to decode and next to nothing to compare.
    found = dataset_of(source, dictionaries=[table.event])
    if not found.files:
        raise AuthorMistake.of(FIELD, f"{masked(source)} holds no Parquet file")
    return found


def _narrowed(
    files: dataset.FileSystemDataset, within: pc.Expression | None
) -> dataset.FileSystemDataset:
    """Leave out the files and groups of rows whose statistics say that they hold nothing."""
    if within is None:
        return files
    # Row by row, the condition would cost more than what it saves to the rules.
    fragments = files.get_fragments(filter=within)
    parts = [one.subset(filter=within, schema=files.schema) for one in fragments]
    filled = [one for one in parts if one.row_groups]
    return dataset.FileSystemDataset(filled, files.schema, files.format, files.filesystem)


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]
