"""User tables in Parquet files; only the wanted columns are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from blocks import user_table_dataset
from blocks.mistake import AuthorMistake
from blocks.user_table_arrow import decoded, frame, in_parts
from blocks.user_table_condition import Clause
from blocks.user_table_source import FIELD, existing

_ROWS_AT_ONCE = 50_000


def columns(source: str) -> list[str]:
    """Return the names of the top-level columns."""
    with _opened(existing(source)) as file:
        return list(file.schema_arrow.names)


def narrowed(source: str, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Return how many rows there are, and how many are left after each clause it can answer."""
    return user_table_dataset.narrowed(source, clauses)


def parts(
    source: str,
    names: Sequence[str],
    *,
    id_column: str,
    rows: int,
    clauses: tuple[Clause, ...] = (),
) -> Iterator[pd.DataFrame]:
    """Yield these columns in parts of `rows` rows; nested ones as lists and dicts."""
    if clauses:
        yield from user_table_dataset.parts(
            source, names, id_column=id_column, rows=rows, clauses=clauses
        )
        return
    path = Path(source)
    with _opened(path) as file:
        try:
            batches = file.iter_batches(batch_size=min(rows, _ROWS_AT_ONCE), columns=list(names))
            for table in in_parts(batches, rows):
                # A nested column 'a' is found by the path 'a.b' too: keep what was asked for.
                yield frame(decoded(table.select(list(names)), ids=id_column))
        except (pa.ArrowException, OSError) as error:
            raise AuthorMistake.of(FIELD, f"{path} cannot be read: {_first(error)}") from None


def _opened(path: Path) -> parquet.ParquetFile:
    try:
        # Not the whole row group at once: a file may be one of a million rows.
        return parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError) as error:
        raise AuthorMistake.of(FIELD, f"{path} is not a Parquet file: {_first(error)}") from None


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]
