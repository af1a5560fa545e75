"""The first tables: runs, their batches and deliveries, every attempt, the owners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Double, Integer, Text

revision = "0001"
down_revision = None

_Id = sa.BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table("meta", Column("schema_version", Integer, nullable=False))
    _create_owners()
    _create_runs()
    _create_batches()
    _create_deliveries()
    _create_attempts()


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _create_owners() -> None:
    op.create_table(
        "owners",
        Column("id", _Id, primary_key=True),
        Column("host", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("process_start", Double, nullable=False),
        Column("started_at", Double, nullable=False),
        Column("heartbeat_at", Double, nullable=False),
        Column("lease", Double, nullable=False),
        Column("left_at", Double),
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        Column("id", _Id, primary_key=True),
        Column("run_key", Text, nullable=False),
        Column("campaign", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("source", Text),
        Column("definition", sa.JSON),
        Column("snapshot", Text),
        Column("columns", sa.JSON),
        Column("wanted", Text, nullable=False, server_default="run"),
        Column("planner_id", sa.BigInteger),
        Column("started_at", Double, nullable=False),
        Column("planned_at", Double),
        Column("finished_at", Double),
        _count("audience"),
        _count("delivered"),
        _count("failed"),
        _count("suppressed"),
        _count("held"),
        _count("in_doubt"),
        _count("attempts"),
        sa.UniqueConstraint("run_key", name="uq_runs_run_key"),
    )


def _create_batches() -> None:
    op.create_table(
        "batches",
        Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("part", Integer, nullable=False),
        Column("first", Integer, nullable=False),
        Column("size", Integer, nullable=False),
        Column("owner_id", sa.BigInteger),
        Column("closed", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    free = sa.column("owner_id").is_(None) & sa.column("closed").is_(sa.false())
    op.create_index(
        "ix_batches_free",
        "batches",
        ["run_id", "number"],
        sqlite_where=free,
        postgresql_where=free,
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        Column("id", _Id, primary_key=True),
        Column("run_id", sa.BigInteger, nullable=False),
        Column("batch", Integer, nullable=False),
        Column("user_id", Text, nullable=False),
        Column("trigger_id", Text, nullable=False, server_default=""),
        Column("part", Integer, nullable=False),
        Column("row", Integer, nullable=False),
        Column("state", sa.SmallInteger, nullable=False, server_default="0"),
        Column("reason", Text),
        _count("attempts"),
        _count("earlier_attempts"),
        Column("due_at", Double, nullable=False),
        Column("owner_id", sa.BigInteger),
        Column("begun_at", Double),
        Column("status", sa.SmallInteger),
        sa.UniqueConstraint(
            "run_id", "user_id", "trigger_id", name="uq_deliveries_run_id_user_id_trigger_id"
        ),
    )
    op.create_index("ix_deliveries_run_id_batch", "deliveries", ["run_id", "batch"])


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("delivery_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("started_at", Double, nullable=False),
        Column("ended_at", Double),
        Column("status", sa.SmallInteger),
        Column("error", Text),
        Column("maybe_received", sa.Boolean, nullable=False),
        Column("detail", Text),
        Column("owner_id", sa.BigInteger),
        sqlite_with_rowid=False,
    )
