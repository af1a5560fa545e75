"""From the command to its first webhook, with Prefect's server running and without one."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.child import running
from benchmarks.findings import Findings
from benchmarks.measure import interleaved, median
from benchmarks.stage import Stage, WentWrong
from deployments.prefect_environment import DEFAULTS

COMMAND = [str(Path(sys.executable).with_name("hookline")), "send"]
A_FLOW = """\
import json
import time
from prefect import flow

@flow
def first():
    print(json.dumps({"at": time.time()}), flush=True)

first()
"""
COLD_USERS = 10


def measure(stage: Stage) -> Findings:
    """Run the command beside the server; then both, ours and a flow, in a home without one."""
    campaign, small = stage.campaign(stage.sizes.first_users), stage.campaign(COLD_USERS)
    beside = {"PREFECT_API_URL": stage.api_url}
    repetitions = stage.sizes.repetitions
    warm = [_command(stage, campaign, beside) for _ in range(repetitions)]
    cold = interleaved(
        {"hookline": lambda: _command(stage, small, {}), "prefect": lambda: _prefect(stage)},
        repetitions=min(2, repetitions),
    )
    return Findings(
        {
            "first_webhook_s": median(warm),
            "cold_start_s": median(cold["hookline"]),
            "prefect_cold_start_s": median(cold["prefect"]),
        },
        {"first_webhook_s": warm, "cold_start_s": cold},
    )


def _command(stage: Stage, campaign: Path, environ: Mapping[str, str]) -> float:
    """Return the seconds from starting the command to the first webhook at the sink."""
    stage.ask_sink("reset")
    folder = stage.new("home")
    folder.mkdir()
    began = time.time()
    with running(
        [*COMMAND, str(campaign)], folder=folder, name="command", environ=environ
    ) as command:
        code = command.process.wait()
        printed = command.printed.read_text(errors="replace")
    if code:
        raise WentWrong(f"the command ended with {code}:\n{printed}")
    return float(stage.ask_sink("stats")["first_at"]) - began


def _prefect(stage: Stage) -> float:
    """Return the seconds until a flow of one line runs its first line, in a new home."""
    folder = stage.new("home")
    folder.mkdir()
    environ = {**DEFAULTS, "PREFECT_HOME": str(folder / "prefect")}
    began = time.time()
    with running([sys.executable, "-c", A_FLOW], folder=folder, name="flow", environ=environ) as it:
        first_line = float(it.answer()["at"])
        it.process.wait()
    return first_line - began
