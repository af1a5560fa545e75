"""The funnel of a run: how many users each rule took out when its audience was selected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what is new; nothing that is there changes."""
    op.add_column("runs", Column("funnel", sa.JSON))
