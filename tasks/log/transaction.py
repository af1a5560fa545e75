"""Begin the log's transactions: the one that writes waits for its turn, the one that reads not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

Log = Engine | Connection


@contextmanager
def writing(log: Log) -> Iterator[Connection]:
    """Commit what is done within; given a connection, leave the commit to its owner."""
    if isinstance(log, Connection):
        yield log
        return
    with log.begin() as connection:
        yield connection


@contextmanager
def reading(log: Log) -> Iterator[Connection]:
    """See one state of the log within, and keep nobody from writing."""
    if isinstance(log, Connection):
        yield log
        return
    options: dict[str, Any] = {"reads": True}
    if log.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"  # in SQLite every transaction is
    with log.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def if_readable() -> Iterator[None]:
    """Leave off what is done within when the database cannot answer just now."""
    with suppress(SQLAlchemyError):
        yield
