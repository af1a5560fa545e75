"""The event table: what users did and when, from files or a database, beside the user table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from blocks.ahead import ahead
from blocks.event_chunk import Events, Wanted
from blocks.mistake import AuthorMistake, Fault, nearest
from blocks.user_table_source import (
    FILES,
    TEXT_FILES,
    expanded,
    is_duckdb,
    is_stored,
    is_url,
    located,
    masked,
)

CHUNK_ROWS = 500_000
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shape:
    """What an event table has.

    Attributes:
        columns: the names of its columns.
        parameters: the names that parameters may have; None where only the rows tell.
        value: whether events have a value.
        session: the event that begins a session.
        purchase: the event whose values are the revenue.
    """

    columns: tuple[str, ...]
    parameters: tuple[str, ...] | None = None
    value: bool = False
    session: str = "session"
    purchase: str = "Purchase"


class EventTable(BaseModel):
    """Where the events are, and which columns say who did what and when."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source: str = Field(
        default="",
        description="A file (.csv, .csv.gz, .tsv, .parquet) or a folder of Parquet files, here or "
        "in an object store (s3://...), or a DuckDB file or a database's URL followed by #table or "
        "#select ...; ${NAME} takes a value from the environment. Empty: there are no events.",
        json_schema_extra={"position": 0},
    )
    user: str = Field(
        default="",
        title="User column",
        description="The column with the user's id; empty: it is called as the user table's id.",
        json_schema_extra={"position": 1},
    )
    event: str = Field(
        default="event",
        min_length=1,
        title="Event column",
        description="The column with the event's name.",
        json_schema_extra={"position": 2},
    )
    time: str = Field(
        default="time",
        min_length=1,
        title="Time column",
        description="The column with the event's time: a date, ISO 8601 text, or unix time.",
        json_schema_extra={"position": 3},
    )
    value: str = Field(
        default="",
        title="Value column",
        description="The column with the event's value, if it has one.",
        json_schema_extra={"position": 4},
    )
    parameters: str = Field(
        default="",
        title="Parameters column",
        description="The column with the event's parameters: JSON text, a struct or a map; empty: "
        "each parameter is a column of its own.",
        json_schema_extra={"position": 5},
    )
    session: str = Field(
        default="session",
        min_length=1,
        title="Session event",
        description="The event that begins a session: 'sessions' and 'last session start' are read "
        "of it where the user table has no such column.",
        json_schema_extra={"position": 6},
    )
    purchase: str = Field(
        default="Purchase",
        min_length=1,
        title="Purchase event",
        description="The event whose values add up to 'lifetime value' where the user table has no "
        "such column.",
        json_schema_extra={"position": 7},
    )
    unreadable_percent: float = Field(
        default=1,
        ge=0,
        le=100,
        title="Unreadable events, per cent",
        description="So many per cent of the events may have parameters that are no JSON object, "
        "or no readable time; more of them stop the campaign before the first send.",
        json_schema_extra={"position": 8},
    )

    @field_serializer("source", when_used="json")
    def _mask_source(self, source: str) -> str:
        return masked(source)

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Show the table without the password in its URL."""
        for name in type(self).model_fields:
            yield name, self.shown if name == "source" else getattr(self, name)

    __str__ = BaseModel.__repr__

    @property
    def shown(self) -> str:
        """The source without the password in its URL."""
        return masked(self.source)

    def located(self, folder: Path) -> EventTable:
        """Return the table with a relative path (also SQLite's) taken from `folder`."""
        if not self.source:
            return self
        return self.model_copy(update={"source": located(self.source, folder)})

    def of_users(self, id_column: str) -> EventTable:
        """Return the table with its user column called as the user table's, if it is not said."""
        return self if self.user else self.model_copy(update={"user": id_column})

    def shape(self, *, environ: Mapping[str, str] = NOTHING) -> Shape:
        """Return what the table has, without reading its rows.

        Raises AuthorMistake when it cannot be opened, or a mapped column is not there.
        """
        with _told_of_events():
            source = expanded(self.source, environ)
            found = _door(source).shape(source, self)
        if faults := list(self._missing(found.columns)):
            raise AuthorMistake(faults)
        return replace(found, value=bool(self.value), session=self.session, purchase=self.purchase)

    def chunks(
        self, wanted: Wanted, *, environ: Mapping[str, str] = NOTHING, rows: int = CHUNK_ROWS
    ) -> Generator[Events]:
        """Yield what is wanted of the events, about `rows` of them at a time.

        Events in none of the windows may be among them: only what a door can leave out with the
        same result is left out. Raises AuthorMistake, also on the way, when the table cannot be
        read.
        """
        with _told_of_events():
            source = expanded(self.source, environ)
            yield from ahead(_door(source).chunks(source, self, wanted, rows=rows))

    def _missing(self, known: Sequence[str]) -> Iterator[Fault]:
        for name, count in Counter(known).items():
            if count > 1:
                yield Fault("events.source", f"the column '{name}' is there twice")
        for field in ("user", "event", "time", "value", "parameters"):
            name = getattr(self, field)
            if name and name not in known:
                hint = nearest(name, known) or f"it has: {', '.join(known[:20])}"
                yield Fault(f"events.{field}", f"the event table has no column '{name}'", hint=hint)


class _Door(Protocol):
    """What each of the modules event_table_csv, _parquet, _duckdb and _sql offers."""

    def shape(self, source: str, table: EventTable, /) -> Shape:
        """Return what the table has."""
        ...

    def chunks(
        self, source: str, table: EventTable, wanted: Wanted, /, *, rows: int
    ) -> Generator[Events]:
        """Yield what is wanted of the events, about `rows` at a time."""
        ...


def _door(source: str) -> _Door:
    """Return the module that reads this kind of source; only that one is imported."""
    if is_duckdb(source):
        from blocks import event_table_duckdb

        return event_table_duckdb
    if is_url(source) and not is_stored(source):
        from blocks import event_table_sql

        return event_table_sql
    if source.lower().endswith(TEXT_FILES):
        from blocks import event_table_csv

        return event_table_csv
    if source.lower().endswith((".parquet", ".pq")) or is_stored(source) or Path(source).is_dir():
        from blocks import event_table_parquet

        return event_table_parquet
    raise AuthorMistake.of(
        "events.source",
        f"'{masked(source)}' is no kind of event table that is known",
        hint=f"a file ({', '.join(FILES)}), a folder of Parquet files, or a database's URL with "
        "#table",
    )


@contextmanager
def _told_of_events() -> Iterator[None]:
    """Let what the doors that both tables share find wrong be told of the event table."""
    try:
        yield
    except AuthorMistake as mistake:
        raise AuthorMistake(
            replace(one, field=one.field.replace("users.", "events.", 1)) for one in mistake.faults
        ) from None
