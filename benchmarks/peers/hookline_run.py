"""Hookline itself, in a process that is warm: Prefect imported, one small campaign sent."""

from __future__ import annotations

import inspect
import os
import sys
import time
from typing import Any

import uvloop

import hookline
from benchmarks.peers.obey import Answer, obey


def run(*, campaign: str, log: str, run_key: str, workers: int = 1) -> Answer:
    """Send a campaign; the clock runs from the call of the flow to its return."""
    os.environ["HOOKLINE_LOG"] = log
    more: dict[str, Any] = {"workers": workers} if takes_workers() else {}
    began, cpu = time.perf_counter(), time.process_time()
    state = uvloop.run(_send(campaign, run_key, more))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if not state.is_completed():
        return {"fault": f"{state.name}: {state.message}"}
    report = state.data
    return {
        "seconds": seconds,
        "cpu_s": cpu,
        "sent": report.delivered,
        "attempts": report.attempts,
        "balanced": report.balanced,
    }


async def _send(campaign: str, run_key: str, more: dict[str, Any]) -> Any:
    return await hookline.send_campaign(campaign, run_key=run_key, return_state=True, **more)


def takes_workers() -> bool:
    """Tell whether this Hookline sends with several processes."""
    return "workers" in inspect.signature(hookline.send_campaign.fn).parameters


def main(campaign: str, log: str) -> None:
    """Warm up with a campaign and a log of their own, then obey."""
    warm = run(campaign=campaign, log=log, run_key="warm")
    obey(run, takes_workers=takes_workers(), **warm)


if __name__ == "__main__":
    main(*sys.argv[1:])
