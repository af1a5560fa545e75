"""One occurrence of a campaign on its way to being a run: what to send, under which name, where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from blocks.campaign import Campaign
from blocks.delivery_log import DeliveryLog
from tasks.check.prepared import Prepared
from tasks.log import runs, snapshot
from tasks.log.records import Run
from tasks.send.sending import Sending


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A prepared campaign, the key of its run, and the log that the run is recorded in."""

    prepared: Prepared
    run_key: str
    log: DeliveryLog
    source: str | None

    @property
    def campaign(self) -> Campaign:
        """Return the campaign."""
        return self.prepared.campaign

    def enter(self) -> Run:
        """Enter the run in the log, or find it there by its key.

        Raises AuthorMistake when the key is that of another campaign.
        """
        return runs.start_run(
            self.log.open(),
            run_key=self.run_key,
            campaign=self.campaign.name,
            digest=self.campaign.digest,
            now=self.prepared.now.timestamp(),
            source=self.source,
            definition=self.campaign.model_dump(mode="json"),
            snapshot=snapshot.location(self.log.snapshots, run_key=self.run_key),
            columns=self.prepared.columns.seen,
        )

    def sending(self, run: Run, *, here: Mapping[str, str]) -> Sending:
        """Return what a process needs to send for the run; `here` is this one's environment.

        What the placeholders get from elsewhere, such as a saved block, goes along.
        """
        secrets = {
            name: value for name, value in self.prepared.environ.items() if here.get(name) != value
        }
        return Sending(self.campaign, run, self.log, self.prepared.now, secrets)
