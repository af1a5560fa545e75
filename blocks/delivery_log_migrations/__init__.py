"""Migrate the tables of an older delivery log, revision by revision."""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def migrate(connection: Connection, *, since: int) -> None:
    """Apply every revision after `since`, oldest first, in the transaction of the connection.

    Which revision a log has stands in its table `meta`, which every version of this project
    reads, so alembic's own table is not used.
    """
    with Operations.context(MigrationContext.configure(connection)):
        for revision in reversed([*_scripts().walk_revisions()]):
            if int(revision.revision) > since:
                revision.module.upgrade()


def newest() -> int:
    """Return the number of the last revision."""
    return int(_scripts().get_current_head() or 0)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))
