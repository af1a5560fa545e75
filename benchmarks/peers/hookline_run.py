"""Hookline itself, in a process that is warm: Prefect imported, one small campaign sent."""

from __future__ import annotations

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
    began, cpu = time.perf_counter(), time.process_time()
    state, report = uvloop.run(_send(campaign, run_key, workers))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if not state.is_completed():
        return {"fault": f"{state.name}: {state.message}"}
    return {
        "seconds": seconds,
        "cpu_s": cpu,
        "sent": report.delivered,
        "attempts": report.attempts,
        "balanced": report.balanced,
    }


async def _send(campaign: str, run_key: str, workers: int) -> tuple[Any, Any]:
    state = await hookline.send_campaign(
        campaign, run_key=run_key, workers=workers, return_state=True
    )
    return state, await state.aresult(raise_on_failure=False)


def main(campaign: str, log: str) -> None:
    """Warm up with a campaign and a log of their own, then obey."""
    warm = run(campaign=campaign, log=log, run_key="warm")
    obey(run, **warm)


if __name__ == "__main__":
    main(*sys.argv[1:])
