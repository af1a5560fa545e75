"""The door to the delivery log: its address, and one way to open it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from blocks.delivery_log_schema import prepare, stored_version
from blocks.mistake import AuthorMistake

LOCK_SECONDS = 60
IDLE_SECONDS = 30  # half a lease: then others may take over, if no lock keeps them waiting
CACHE_KIBIBYTES = 32_768


class DeliveryLog(BaseModel):
    """Where runs, deliveries and attempts are recorded: SQLite, or PostgreSQL for machines."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(
        "sqlite:///.hookline/log.db",
        description="Address of the database: sqlite:///file or postgresql://user@host/name.",
        json_schema_extra={"position": 0},
    )
    password: SecretStr | None = Field(
        None,
        description="Password of the database user; split off the address when it is given there.",
        json_schema_extra={"position": 1},
    )
    snapshot_folder: str = Field(
        "",
        description="Folder for what the templates of runs read; several machines need one that "
        "all of them reach. Empty: beside a SQLite file, else in .hookline.",
        json_schema_extra={"position": 2},
    )

    @model_validator(mode="before")
    @classmethod
    def _split_password(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or not isinstance(given.get("url"), str):
            return given
        url = _parsed(given["url"])
        password = url.password or url.query.get("password")
        # URL.set cannot take a password away.
        bare = url._replace(password=None).difference_update_query(["password"])
        kept = {"password": password} if password else {}
        return {**kept, **given, "url": bare.render_as_string()}

    @property
    def shown(self) -> str:
        """Return the address with its password as asterisks."""
        return self._address().render_as_string(hide_password=True)

    @property
    def snapshots(self) -> Path:
        """Return the folder for snapshots: the one given, or beside a SQLite file, or .hookline."""
        if self.snapshot_folder:
            return Path(self.snapshot_folder).expanduser().absolute()
        url = self._address()
        folder = Path(url.database or "").parent if _is_file(url) else Path(".hookline")
        return folder.absolute() / "snapshots"

    def open(self) -> Engine:
        """Open the database, once in a process, and bring its tables up to date.

        Raises AuthorMistake, of the field `log`, when it cannot be used.
        """
        with _opening:
            key = (self._address(), os.getpid())
            engine = _engines.get(key)
            # A file that was removed meanwhile is begun anew, not written to unseen.
            if engine and _is_file(key[0]) and not Path(key[0].database or "").exists():
                engine.dispose()
                engine = None
            if engine is None:
                engine = _engines[key] = _opened(key[0])
            return engine

    @property
    def is_file(self) -> bool:
        """Tell whether it is a file of this machine, which has one writer at a time."""
        return _is_file(self._address())

    @property
    def is_there(self) -> bool:
        """Tell whether there is a log, so that looking for one does not make it."""
        url = self._address()
        return not _is_file(url) or Path(url.database or "").expanduser().exists()

    def schema_version(self) -> int | None:
        """Return the version of the schema as it is, untouched; None where there is no log yet.

        Raises AuthorMistake, of the field `log`, when the database cannot be used.
        """
        url = self._address()
        if _is_file(url) and not Path(url.database or "").exists():
            return None
        found: list[int | None] = []
        _opened(url, lambda engine: found.append(stored_version(engine))).dispose()
        return found[0]

    def check_reach(self, cluster: str) -> None:
        """Raise AuthorMistake when the workers of a cluster at this address cannot use the log."""
        if cluster and self.is_file:
            raise _mistake(
                "a file serves one machine: workers of a cluster need a log in PostgreSQL",
                "--log postgresql://user:password@host/name, or --workers alone",
            )

    def _address(self) -> URL:
        url = _parsed(self.url)
        if url.get_backend_name() in ("postgresql", "postgres"):
            secret = self.password.get_secret_value() if self.password else None
            return url.set(drivername="postgresql+psycopg", password=secret)
        if url.get_backend_name() != "sqlite":
            raise _mistake(f"'{url.get_backend_name()}' cannot hold a delivery log", _KINDS)
        if url.database in (None, "", ":memory:") or url.query or url.host:
            raise _mistake("a delivery log in SQLite needs a file, and takes no options", _KINDS)
        return URL.create("sqlite", database=str(Path(url.database or "").expanduser().absolute()))


_KINDS = "sqlite:///.hookline/log.db or postgresql://user:password@host/name"
_engines: dict[tuple[URL, int], Engine] = {}
_opening = threading.Lock()


def _mistake(fault: str, hint: str = "") -> AuthorMistake:
    return AuthorMistake.of("log", fault, hint=hint)


def _parsed(address: str) -> URL:
    try:
        return sa.make_url(address)
    except (ArgumentError, ValueError):
        # The address itself is not repeated: what cannot be parsed may hold a password.
        raise _mistake("is not the address of a database", _KINDS) from None


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _opened(url: URL, begin: Callable[[Engine], object] = prepare) -> Engine:
    shown = url.database if _is_file(url) else url.render_as_string(hide_password=True)
    engine = _sqlite(url) if _is_file(url) else _postgresql(url)
    try:
        if _is_file(url):
            _make_private(Path(url.database or ""))
        begin(engine)
    except AuthorMistake:
        engine.dispose()
        raise
    except (OSError, SQLAlchemyError) as error:
        engine.dispose()
        told = str(getattr(error, "orig", None) or getattr(error, "strerror", None) or error)
        told = told.replace(url.password, "***") if url.password else told
        # Without its cause: a driver's exception may carry the password.
        raise _mistake(f"{shown}: {' '.join(told.split())}") from None
    return engine


def _postgresql(url: URL) -> Engine:
    try:
        engine = sa.create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise _mistake(f"PostgreSQL needs the package {error.name}", "psycopg[binary]") from None
    sa.event.listen(engine, "connect", _limit_idling)
    return engine


def _sqlite(url: URL) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": LOCK_SECONDS})
    sa.event.listen(engine, "connect", _set_up)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _make_private(file: Path) -> None:
    for folder in reversed([one for one in file.parents if not one.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    # SQLite gives its -wal and -shm files the mode of the database.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    if not os.access(file.parent, os.W_OK):
        raise OSError(0, "its folder cannot be written to")


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin or end transactions by itself: _begin does, and for real.
    connection.isolation_level = None
    # FULL: what was recorded as begun must survive a power cut, or its repetition is not flagged.
    # A commit of 100 rows took 0.5 ms with FULL and 0.2 ms with NORMAL on an ordinary SSD.
    for pragma in ("synchronous=FULL", f"cache_size=-{CACHE_KIBIBYTES}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _limit_idling(connection: Any, _record: object) -> None:
    # Who is frozen, or lost with its machine, within a transaction keeps its locks until the server
    # ends it: nobody could take over what it holds, for hours.
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
    connection.commit()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails when another wrote in between; one that
    # takes the lock at its beginning waits instead. Only who promises to read does without.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
