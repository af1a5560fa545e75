"""What a process needs to know to send for a run: plain values, so that others can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from blocks.campaign import Campaign
from blocks.delivery_log import DeliveryLog
from tasks.log.records import Run
from tasks.render.built_in import built_in_columns
from tasks.render.message import CompiledMessage, compile_message


@dataclass(frozen=True, slots=True)
class Sending:
    """A run whose audience is frozen, its campaign, and the log that it is recorded in.

    `secrets` are values for the campaign's placeholders that the sender's own environment lacks;
    `now` is the instant that its templates see.
    """

    campaign: Campaign
    run: Run
    log: DeliveryLog
    now: datetime
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def compiled(self, environ: Mapping[str, str]) -> CompiledMessage:
        """Return the message, compiled in this process with values for its placeholders."""
        return compile_message(
            self.campaign.message,
            environ=environ,
            now=self.now,
            campaign=self.campaign.name,
            linked_data=self.campaign.linked_data,
            built_in=built_in_columns(self.campaign.users.properties, known=self.run.columns),
        )
