"""Bring a database to the schema of the delivery log: make its tables, or migrate them."""

from __future__ import annotations

from contextlib import closing

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from blocks.delivery_log_tables import SCHEMA_VERSION, meta, schema
from blocks.mistake import AuthorMistake

_VERSION = ["schema_version"]


def prepare(engine: Engine) -> None:
    """Make the tables of a new log, and migrate those of an older one.

    Raises AuthorMistake when the database is another application's, or of a newer schema.
    """
    version = stored_version(engine)
    if version is None or version < SCHEMA_VERSION:
        version = _make_or_migrate(engine)
    if version > SCHEMA_VERSION:
        raise AuthorMistake.of(
            "log",
            f"has schema {version}, newer than the {SCHEMA_VERSION} known here",
            hint="update hookline",
        )


def stored_version(engine: Engine) -> int | None:
    """Return the version of the schema as it is; None when there are no tables yet."""
    with engine.connect().execution_options(reads=True) as connection:
        return _version(connection)


def _make_or_migrate(engine: Engine) -> int:
    if engine.dialect.name == "sqlite":
        _set_up_file(engine)
    with engine.begin() as connection:
        # SQLite's transaction holds the lock that the others wait for.
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7400110)"))
        version = _version(connection)
        if version is None:
            schema.create_all(connection)
            connection.execute(sa.insert(meta).values(schema_version=SCHEMA_VERSION))
        elif version < SCHEMA_VERSION:
            # Slow to import, and hardly ever needed.
            from blocks.delivery_log_migrations import migrate

            migrate(connection, since=version)
            connection.execute(sa.update(meta).values(schema_version=SCHEMA_VERSION))
        else:
            return version
        return SCHEMA_VERSION


def _set_up_file(engine: Engine) -> None:
    """Set what the file keeps."""
    with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
        # What pruning frees can be given back piece by piece; for an empty file only, and first.
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        # Readers and the one writer do not wait for each other then.
        cursor.execute("PRAGMA journal_mode=WAL")


def _version(connection: Connection) -> int | None:
    inspector = sa.inspect(connection)
    present = set(inspector.get_table_names())
    # A database server may be shared with others, a file may not.
    if not present or (connection.dialect.name != "sqlite" and not present & set(schema.tables)):
        return None
    if "meta" in present and [one["name"] for one in inspector.get_columns("meta")] == _VERSION:
        version = connection.scalar(sa.select(meta.c.schema_version))
        if isinstance(version, int):
            return version
    raise AuthorMistake.of(
        "log", "the database belongs to another application", hint="give the log one of its own"
    )
