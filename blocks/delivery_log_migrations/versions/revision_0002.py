"""Limits that runs share, reports that outlive their attempts, and owners that know their run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Double, Integer, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    op.add_column("owners", Column("flow_run_id", Text))
    op.add_column("owners", Column("run_id", sa.BigInteger))
    op.add_column("runs", Column("pruned_at", Double))
    op.add_column("runs", Column("report", sa.JSON))
    op.create_index("ix_runs_finished_at", "runs", ["finished_at"])
    held = sa.column("owner_id").is_not(None)
    op.create_index(
        "ix_batches_owner_id", "batches", ["owner_id"], sqlite_where=held, postgresql_where=held
    )
    op.create_table(
        "hosts",
        Column("host", Text, primary_key=True),
        Column("free_at", Double, nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "host_slots",
        Column("host", Text, primary_key=True),
        Column("owner_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("slots", Integer, nullable=False),
        Column("wanted", Integer, nullable=False),
        sqlite_with_rowid=False,
    )
