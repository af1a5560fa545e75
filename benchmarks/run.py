"""Run scenarios one after the other on one stage, and collect what they find."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.child import ChildFailed
from benchmarks.machine import machine
from benchmarks.scenarios import Scenario
from benchmarks.sizes import FULL, Sizes
from benchmarks.stage import Stage, WentWrong, open_stage
from deployments.prefect_server import prefect_server

Say = Callable[[str], object]


def run(
    scenarios: Iterable[Scenario], *, sizes: Sizes, folder: Path, say: Say, api_url: str = ""
) -> dict[str, Any]:
    """Return machine, figures, details and what went wrong.

    `api_url` is a Prefect server that runs already; without it one is started. Everything is
    written in `folder`, which is removed in the end.
    """
    listed = list(scenarios)
    results: dict[str, Any] = {
        "machine": machine(),
        "figures": {},
        "details": {},
        "went_wrong": {},
    }
    folder.mkdir(parents=True)
    try:
        with _stage(listed, folder, sizes, api_url, say) as stage:
            for scenario in listed:
                _measure(scenario, stage, quick=sizes is not FULL, results=results, say=say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return results


def _measure(
    scenario: Scenario, stage: Stage | None, *, quick: bool, results: dict[str, Any], say: Say
) -> None:
    if not scenario.is_there:
        say(f"{scenario.name}: not there yet, so not measured")
        return
    say(f"{scenario.name} ...")
    began = time.monotonic()
    try:
        found = scenario.run(stage, quick=quick)
    except (WentWrong, ChildFailed) as fault:
        # The others are measured all the same.
        results["went_wrong"][scenario.name] = str(fault)
        say(f"  went wrong: {fault}")
        return
    results["figures"].update(found.figures)
    took = round(time.monotonic() - began, 1)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    results["details"][scenario.name] = {**found.details, "when": when, "took_s": took}
    say(f"  {took:.0f} s: " + ", ".join(f"{k} {v:.3g}" for k, v in found.figures.items()))


@contextmanager
def _stage(
    scenarios: list[Scenario], folder: Path, sizes: Sizes, api_url: str, say: Say
) -> Iterator[Stage | None]:
    if not any(one.staged for one in scenarios):
        yield None
    elif api_url:
        with open_stage(folder, sizes, api_url=api_url) as stage:
            yield stage
    else:
        say("starting Prefect's server ...")
        with prefect_server(home=folder / "prefect") as server:
            server.wait_until_ready()
            beside = {"prefect_server": server.process.pid}
            with open_stage(folder, sizes, api_url=server.api_url, beside=beside) as stage:
                yield stage
