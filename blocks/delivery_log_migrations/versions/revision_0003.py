"""What templates saw of linked data, so that every attempt of a delivery carries the same bytes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    op.create_table(
        "answers",
        Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("digest", Text, primary_key=True),
        Column("data", Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "frozen",
        Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("delivery_id", sa.BigInteger, primary_key=True, autoincrement=False),
        Column("answers", Text, nullable=False),
        sqlite_with_rowid=False,
    )
