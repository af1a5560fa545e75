"""User tables in Parquet: a file, a folder of files, a partitioned folder, on disk or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as arrow_fs

from blocks.mistake import AuthorMistake
from blocks.user_table_arrow import decoded, frame, in_parts
from blocks.user_table_condition import Clause, Condition, Holds, answered
from blocks.user_table_source import FIELD, masked
from blocks.user_table_store import opened

_ROWS_AT_ONCE = 50_000


def columns(source: str) -> list[str]:
    """Return the names of the columns, those of the folders' names among them."""
    return list(dataset_of(source).schema.names)


def narrowed(source: str, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Return how many rows there are, and how many are left after each clause it can answer."""
    dataset = dataset_of(source)
    taken = answered(clauses, _holds(dataset.schema))
    left = [dataset.count_rows()]
    for count in range(1, len(taken) + 1):
        left.append(dataset.count_rows(filter=_filter(taken[:count], dataset.schema)))
    return tuple(left)


def parts(
    source: str,
    names: Sequence[str],
    *,
    id_column: str,
    rows: int,
    clauses: tuple[Clause, ...] = (),
) -> Iterator[pd.DataFrame]:
    """Yield these columns in parts of `rows` rows, the files in the order of their paths."""
    dataset = dataset_of(source)
    try:
        batches = dataset.to_batches(
            columns=list(names),
            filter=_filter(clauses, dataset.schema) if clauses else None,
            batch_size=min(rows, _ROWS_AT_ONCE),
            # Little read ahead: a table may be larger than memory.
            batch_readahead=1,
            fragment_readahead=1,
        )
        for table in in_parts(batches, rows):
            yield frame(decoded(table, ids=id_column))
    except (pa.ArrowException, OSError) as error:
        told = f"{masked(source)} cannot be read: {_first(error)}"
        raise AuthorMistake.of(FIELD, told) from None


def dataset_of(source: str, *, dictionaries: Sequence[str] = ()) -> Any:
    """Return the files as one table whose columns are those of all of them.

    Texts in the columns `dictionaries` stay encoded, so that each is decoded once.
    """
    filesystem, path = opened(source)
    folder = filesystem.get_file_info(path).type == arrow_fs.FileType.Directory
    files: Any = arrow_fs.FileSelector(path, recursive=True) if folder else [path]
    options = ds.FileSystemFactoryOptions(
        partitioning=ds.HivePartitioning.discover(), partition_base_dir=path
    )
    parquet = ds.ParquetFileFormat(
        dictionary_columns=list(dictionaries),
        # So a UUID is one here too, whoever wrote it.
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(arrow_extensions_enabled=True),
    )
    try:
        factory = ds.FileSystemDatasetFactory(filesystem, files, parquet, options)
        schema = factory.inspect(promote_options="permissive", fragments=None)
        return factory.finish(schema)
    except (pa.ArrowException, OSError) as error:
        raise AuthorMistake.of(
            FIELD, f"{masked(source)} is not a Parquet file: {_first(error)}"
        ) from None


def _holds(schema: pa.Schema) -> dict[str, Holds]:
    """Return what each column holds that can be asked for."""
    kinds: list[tuple[Any, Holds]] = [
        (lambda one: pa.types.is_string(one) or pa.types.is_large_string(one), "text"),
        (pa.types.is_signed_integer, "integer"),
        (pa.types.is_float64, "float"),
        (pa.types.is_boolean, "truth"),
        (lambda one: not pa.types.is_dictionary(one) and not pa.types.is_floating(one), "other"),
    ]
    return {
        field.name: kind
        for field in schema
        if (kind := next((kind for is_one, kind in kinds if is_one(field.type)), None))
    }


def _filter(clauses: tuple[Clause, ...], schema: pa.Schema) -> Any:
    return reduce(and_, (_clause(one, schema) for one in clauses))


def _clause(clause: Clause, schema: pa.Schema) -> Any:
    found = reduce(or_, (_condition(one, schema) for one in clause.any_of))
    return ~found if clause.negated else found


def _condition(condition: Condition, schema: pa.Schema) -> Any:
    column, kind = pc.field(condition.column), schema.field(condition.column).type
    present = column.is_valid()
    if pa.types.is_floating(kind):
        present = present & ~pc.coalesce(pc.is_nan(column), pa.scalar(False))
    if condition.test == "is set":
        return ~present if condition.negated else present
    if pa.types.is_signed_integer(kind) and kind != pa.int64():
        column = column.cast(pa.int64())
    test = pc.coalesce(_test(condition, column, kind), pa.scalar(False))
    return present & (~test if condition.negated else test)


def _test(condition: Condition, column: Any, kind: pa.DataType) -> Any:
    values = (
        [float(one) for one in condition.values]
        if pa.types.is_float64(kind)
        else (list(condition.values))
    )
    match condition.test:
        case "is":
            wanted = pa.array(values, kind) if not pa.types.is_integer(kind) else pa.array(values)
            return column.isin(wanted)
        case "contains":
            return reduce(or_, (pc.match_substring(column, one) for one in values))
        case "is between":
            return (column >= values[0]) & (column <= values[1])
        case "is greater than":
            return column > values[0]
        case "is less than":
            return column < values[0]
        case "is at least":
            return column >= values[0]
        case _:
            return column <= values[0]


def _first(error: Exception) -> str:
    return str(error).splitlines()[0]
