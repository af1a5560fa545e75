"""User tables in CSV files of an object store: copied to this machine while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from blocks import user_table_csv
from blocks.user_table_condition import Clause
from blocks.user_table_store import fetched


def columns(source: str) -> list[str]:
    """Return the header."""
    with fetched(source) as copy:
        return user_table_csv.columns(copy)


def narrowed(source: str, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Answer nothing, as a CSV file on this machine."""
    return user_table_csv.narrowed(source, clauses)


def parts(
    source: str,
    names: Sequence[str],
    *,
    id_column: str,
    rows: int,
    clauses: tuple[Clause, ...] = (),
) -> Iterator[pd.DataFrame]:
    """Yield these columns in parts of `rows` rows, as of a CSV file on this machine."""
    with fetched(source) as copy:
        yield from user_table_csv.parts(
            copy, names, id_column=id_column, rows=rows, clauses=clauses
        )
