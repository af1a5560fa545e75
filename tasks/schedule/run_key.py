"""Name a run, once and for ever."""

from __future__ import annotations

import pendulum

from blocks.campaign import slug


def key_at(campaign: str, moment: float) -> str:
    """Return the key of a run of `campaign` by an instant, in epoch seconds: start or schedule."""
    stamp = pendulum.from_timestamp(moment).format("YYYYMMDD[T]HHmmss[.]SSS[Z]")
    return f"{slug(campaign)}-{stamp}"


def key_of_flow_run(campaign: str, flow_run_id: str) -> str:
    """Return the key of a run launched in the UI; a retry there has the same id, so it resumes."""
    return f"{slug(campaign)}-{flow_run_id}"
