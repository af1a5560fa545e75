"""The user table: rows of users with attributes, from a CSV or Parquet file or a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from blocks.mistake import AuthorMistake, Fault, nearest
from blocks.user_properties import Properties
from blocks.user_table_condition import Clause
from blocks.user_table_source import (
    FIELD,
    FILES,
    TEXT_FILES,
    expanded,
    is_duckdb,
    is_stored,
    is_url,
    located,
    masked,
)

if TYPE_CHECKING:  # pandas takes half a second: only reading needs it
    import pandas as pd

PART_ROWS = 50_000
NOTHING: Mapping[str, str] = MappingProxyType({})


class UserTable(BaseModel):
    """Where the users are, and which column names them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source: str = Field(
        min_length=1,
        description="A file (.csv, .csv.gz, .tsv, .parquet), a folder of Parquet files, either of "
        "them in an object store (s3://...), a DuckDB file or a database's URL followed by #table "
        "or #select ...; ${NAME} takes a value from the environment.",
        json_schema_extra={"position": 0},
    )
    id: str = Field(
        title="Id column",
        min_length=1,
        description="The column whose value names a user; every row has its own.",
        json_schema_extra={"position": 1},
    )

    properties: Properties = Field(
        default={},
        description="The columns of built-in properties, such as country, locale and app version, "
        "where they have other names.",
        json_schema_extra={"position": 2},
    )

    @field_serializer("source", when_used="json")
    def _mask_source(self, source: str) -> str:
        return masked(source)

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Show the table without the password in its URL."""
        yield "source", masked(self.source)
        yield "id", self.id

    __str__ = BaseModel.__repr__

    @property
    def shown(self) -> str:
        """The source without the password in its URL."""
        return masked(self.source)

    def located(self, folder: Path) -> UserTable:
        """Return the table with a relative path (also SQLite's) taken from `folder`."""
        return self.model_copy(update={"source": located(self.source, folder)})

    def columns(self, *, environ: Mapping[str, str] = NOTHING) -> list[str]:
        """Return the names of the columns, without reading the rows.

        Raises AuthorMistake when the table cannot be opened or has no such id column.
        """
        source = expanded(self.source, environ)
        return self._checked(_door(source).columns(source))

    def read(
        self, columns: Collection[str] | None = None, *, environ: Mapping[str, str] = NOTHING
    ) -> pd.DataFrame:
        """Return the id (as text) and the named columns, all of them for None, in table order.

        Raises AuthorMistake when the table, a column or an id is not as it must be.
        """
        import pandas as pd

        return pd.concat(self.parts(columns, environ=environ), ignore_index=True)

    def parts(
        self,
        columns: Collection[str] | None = None,
        *,
        environ: Mapping[str, str] = NOTHING,
        rows: int = PART_ROWS,
        clauses: tuple[Clause, ...] = (),
    ) -> Iterator[pd.DataFrame]:
        """Yield the table in parts of `rows` rows, their dtypes those of the whole table.

        The source may leave out rows that do not meet `clauses`; ids are looked at in all rows.
        Raises AuthorMistake when the table, a column or an id is not as it must be: on the way,
        so that only who has seen the last part knows that all ids are good.
        """
        from blocks.user_table_ids import Ids, as_texts, refuse_faults

        source = expanded(self.source, environ)
        door = _door(source)
        known = self._checked(door.columns(source))
        if columns is not None and (missing := [name for name in columns if name not in known]):
            raise AuthorMistake(_no_column(name, name, known) for name in missing)
        wanted = [name for name in known if columns is None or name in columns or name == self.id]

        def read(names: Sequence[str], clauses: tuple[Clause, ...] = ()) -> Iterator[pd.DataFrame]:
            for part in door.parts(source, names, id_column=self.id, rows=rows, clauses=clauses):
                part[self.id] = as_texts(part[self.id])
                yield part

        def ids() -> Iterator[pd.Series]:
            return (part[self.id] for part in read([self.id]))

        def checked(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
            so_far, empty = Ids(), True
            for users in parts:
                empty = False
                if so_far.suspicious(users[self.id]):
                    refuse_faults(ids, of=self.shown)
                yield users
            if empty:
                raise AuthorMistake.of(FIELD, f"the user table {self.shown} has no rows")

        if not clauses:
            yield from checked(read(wanted))
            return
        for _ in checked(read([self.id])):
            pass
        yield from read(wanted, clauses)

    def narrowed(
        self, clauses: tuple[Clause, ...], *, environ: Mapping[str, str] = NOTHING
    ) -> tuple[int, ...]:
        """Return how many rows there are, and how many are left after each clause.

        Shorter for clauses that the source does not answer as pandas would: only those before may
        be given to `parts`. Empty where it answers none.
        """
        source = expanded(self.source, environ)
        return _door(source).narrowed(source, clauses)

    def _checked(self, known: list[str]) -> list[str]:
        repeated = [name for name, count in Counter(known).items() if count > 1]
        faults = [Fault(FIELD, f"the column '{name}' is there twice") for name in repeated]
        if self.id not in known:
            faults.append(_no_column("users.id", self.id, known, of=f" {self.shown}"))
        if faults:
            raise AuthorMistake(faults)
        return known


class _Door(Protocol):
    """What each of the modules user_table_csv, user_table_parquet and user_table_sql offers."""

    def columns(self, source: str, /) -> list[str]:
        """Return the names of all columns, also of those that are there twice."""
        ...

    def narrowed(self, source: str, clauses: tuple[Clause, ...], /) -> tuple[int, ...]:
        """Count all rows, and those left after each of the leading clauses it can answer."""
        ...

    def parts(
        self,
        source: str,
        names: Sequence[str],
        /,
        *,
        id_column: str,
        rows: int,
        clauses: tuple[Clause, ...] = (),
    ) -> Iterator[pd.DataFrame]:
        """Yield these columns in parts of `rows` rows, the last one smaller, none empty."""
        ...


def _door(source: str) -> _Door:
    """Return the module that reads this kind of source; only that one is imported."""
    if is_stored(source):
        return _stored_door(source)
    if is_duckdb(source):
        from blocks import user_table_duckdb

        return user_table_duckdb
    if is_url(source):
        from blocks import user_table_sql

        return user_table_sql
    if source.lower().endswith((".parquet", ".pq")):
        from blocks import user_table_parquet

        return user_table_parquet
    if source.lower().endswith(FILES):
        from blocks import user_table_csv

        return user_table_csv
    if Path(source).is_dir():
        from blocks import user_table_dataset

        return user_table_dataset
    raise AuthorMistake.of(
        FIELD,
        f"'{masked(source)}' is no kind of user table that is known",
        hint=f"a file ({', '.join(FILES)}), a folder of Parquet files, or a database's URL with "
        "#table",
    )


def _stored_door(source: str) -> _Door:
    if source.lower().endswith(TEXT_FILES):
        from blocks import user_table_stored_csv

        return user_table_stored_csv
    from blocks import user_table_dataset

    return user_table_dataset


def _no_column(field: str, name: str, known: Sequence[str], *, of: str = "") -> Fault:
    hint = nearest(name, known) or f"it has: {', '.join(known[:20])}"
    return Fault(field, f"the user table{of} has no column '{name}'", hint=hint)
