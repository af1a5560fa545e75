"""What `resume --all` does: go on with every run whose processes died."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from deployments.command_line.log import all_runs, delivery_log, state_of
from deployments.command_line.output import plain, print_json, say, show

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tasks.report.resumed import Resumed


def resume_all(*, as_json: bool) -> int:
    """Go on with the lost runs of the log; return 0 when all of them are finished, else 1."""
    door = delivery_log()
    resumed = _resumed(door.open()) if door.is_there else []
    if as_json:
        print_json({"resumed": [asdict(one) for one in resumed]})
    else:
        show(*(_line(one) for one in resumed) if resumed else ["no run is lost"])
    _tell_stopped({one.run_key for one in resumed})
    return 0 if all(one.finished for one in resumed) else 1


def _resumed(log: Engine) -> list[Resumed]:
    from tasks.log.orphans import lost_runs, orphans

    lost = lost_runs(log)
    if not lost and not orphans(log):
        return []
    from deployments.command_line.in_process import outcome_of, start_prefect, told_warnings

    for run in lost:
        done, audience = run.counts.final, run.counts.audience
        say(f"run {run.run_key} goes on: {done:,} of {audience:,} are done")
    start_prefect()

    def start() -> Awaitable[Any]:
        from flows.resume_runs import resume_runs

        return resume_runs(return_state=True)

    with told_warnings():
        return list(outcome_of(start).value or [])


def _line(one: Resumed) -> str:
    return plain(f"{one.run_key}   {'finished' if one.finished else 'not finished'}: {one.told}")


def _tell_stopped(resumed: set[str]) -> None:
    """Name the runs that were stopped: nobody goes on with them unless told to."""
    door = delivery_log()
    for run in all_runs(door):
        begun = run.finished_at is None and run.planned_at is not None
        if begun and run.run_key not in resumed and state_of(door.open(), run) == "unfinished":
            say(f"run {run.run_key} was stopped: hookline resume {run.run_key}")
