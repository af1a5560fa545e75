"""Keep what the templates read: Parquet parts beside the log, private, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 1000
_JSON = {b"hookline": b"json"}


def location(folder: str | Path, *, run_key: str) -> str:
    """Return where the snapshot of a run is kept; a key that cannot name a folder can."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", run_key)[:60].lstrip(".")
    return str(Path(folder) / f"{readable}-{hashlib.sha256(run_key.encode()).hexdigest()[:8]}")


def write_part(location: str, *, part: int, frame: pd.DataFrame) -> None:
    """Write a part: whole, and on the disk when this returns; an earlier one is replaced."""
    folder = Path(location)
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    file = _file(location, part)
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
        ) as out:
            pq.write_table(
                _table(frame),
                out,
                row_group_size=ROWS_PER_GROUP,
                # Python's times have microseconds.
                coerce_timestamps="us",
                allow_truncated_timestamps=True,
            )
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(folder)


def read(location: str, *, part: int, offset: int, size: int) -> pa.Table:
    """Return rows `offset` to `offset + size` of a part, as they are kept."""
    with pq.ParquetFile(_file(location, part)) as file:
        groups, skipped = _groups(file.metadata, offset, size)
        return file.read_row_groups(groups).slice(offset - skipped, size)


def plain(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as plain Python values, None where one is missing."""
    columns = [_values(field, table.column(i)) for i, field in enumerate(table.schema)]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def is_there(location: str) -> bool:
    """Tell whether there is a snapshot at this place."""
    return _file(location, 0).exists()


def remove(location: str) -> None:
    """Remove a snapshot, and nothing else that may lie there."""
    folder = Path(location)
    for file in folder.glob("part-*"):
        file.unlink(missing_ok=True)
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def _file(location: str, part: int) -> Path:
    return Path(location) / f"part-{part:06d}.parquet"


def _sync(folder: Path) -> None:
    # Else a power cut could take the name of a file that the log counts on.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _table(frame: pd.DataFrame) -> pa.Table:
    columns = {str(name): _array(frame[name]) for name in frame.columns}
    fields = [
        pa.field(name, array.type, metadata=_JSON if as_json else None)
        for name, (array, as_json) in columns.items()
    ]
    return pa.table([array for array, _ in columns.values()], schema=pa.schema(fields))


def _array(series: pd.Series[Any]) -> tuple[pa.Array, bool]:
    """Return a column as Arrow has it; one of mixed values, or of lists, as JSON texts."""
    mixed = series.dtype == object and pd.api.types.infer_dtype(series).startswith("mixed")
    if not mixed:
        try:
            return _known(pa.array(series, from_pandas=True)), False
        except (pa.ArrowException, OverflowError):
            pass
    texts = [None if _missing(value) else json.dumps(value, default=_told) for value in series]
    return pa.array(texts, pa.string()), True


def _known(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_duration(array.type):
        return array.cast(pa.duration("us"), safe=False)
    return array


def _missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _told(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


def _groups(metadata: pq.FileMetaData, offset: int, size: int) -> tuple[list[int], int]:
    """Return the row groups that hold the rows, and how many rows lie before them."""
    groups, before, skipped = [], 0, 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if before + rows > offset and before < offset + size:
            groups.append(group)
        elif not groups:
            skipped = before + rows
        before += rows
    return groups, skipped


def _values(field: pa.Field, column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if field.metadata and field.metadata.get(b"hookline") == b"json":
        return [None if value is None else json.loads(value) for value in values]
    return values
