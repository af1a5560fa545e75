"""Write what came of each recipient of a dry run into a file, CSV or Parquet."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from blocks.mistake import AuthorMistake
from tasks.check.dry_run import Row

COLUMNS = Row._fields[:-1]  # without bodies

Write = Callable[[Sequence[Row]], None]


@contextlib.contextmanager
def opened_rows(file: Path | None) -> Iterator[Write | None]:
    """Open a file of rows for its owner only; for none there is nothing to write.

    Raises AuthorMistake for a kind of file that is not known, or one that cannot be written.
    """
    if file is None:
        yield None
        return
    kinds = {".csv": _csv, ".parquet": _parquet}
    if file.suffix.lower() not in kinds:
        raise AuthorMistake.of("out", f"'{file}' ends in neither {' nor '.join(kinds)}")
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.chmod(handle, 0o600)  # one that was there before may have been for everybody
    except OSError as error:
        raise AuthorMistake.of("out", f"'{file}' cannot be written: {error.strerror}") from None
    with kinds[file.suffix.lower()](handle) as write:
        yield write


@contextlib.contextmanager
def _csv(handle: int) -> Iterator[Write]:
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        yield lambda rows: writer.writerows(row[:-1] for row in rows)


@contextlib.contextmanager
def _parquet(handle: int) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"body_bytes": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])

    def write(rows: Sequence[Row]) -> None:
        columns = list(zip(*rows, strict=True))[:-1]
        arrays = [pa.array(values, one.type) for values, one in zip(columns, schema, strict=True)]
        table.write_table(pa.table(arrays, schema=schema))

    with os.fdopen(handle, "wb") as out, pq.ParquetWriter(out, schema) as table:
        yield write
