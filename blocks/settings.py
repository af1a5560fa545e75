"""What is set by the environment for all campaigns: where the delivery log is, and for how long."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from blocks.delivery_log import DeliveryLog
from blocks.user_table import PART_ROWS


class Settings(BaseSettings):
    """Settings read from variables whose names begin with HOOKLINE_."""

    model_config = SettingsConfigDict(env_prefix="HOOKLINE_", extra="ignore")

    log: str = Field(
        "sqlite:///.hookline/log.db",
        description="Address of the delivery log.",
        repr=False,
    )
    snapshots: str = Field(
        "",
        description="Folder for what the templates of runs read; several machines need one that "
        "all of them reach. Empty: beside a SQLite file, else .hookline/snapshots.",
    )
    snapshot_days: float = Field(
        30, ge=0, description="Days that a finished run's snapshot is kept for sending again."
    )
    lease_seconds: float = Field(
        60,
        ge=1,
        description="Seconds without a sign of life after which others take over a sender's work.",
    )

    part_rows: int = Field(
        PART_ROWS,
        ge=1_000,
        description="Rows of a user table that are in memory at once while a run's audience is "
        "selected, and of which its snapshot has a file. Wide rows want fewer.",
    )

    @property
    def snapshot_seconds(self) -> float:
        """Return how long a finished run's snapshot is kept, in seconds."""
        return self.snapshot_days * 86_400

    @property
    def delivery_log(self) -> DeliveryLog:
        """Return the door to the delivery log."""
        return DeliveryLog.model_validate({"url": self.log, "snapshot_folder": self.snapshots})

    @property
    def delivery_log_if_there(self) -> DeliveryLog | None:
        """Return the door to the log, or None before the first run: looking makes no log."""
        return self.delivery_log if self.delivery_log.is_there else None
