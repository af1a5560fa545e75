"""Find runs in the delivery log by what a person types."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal

from blocks.mistake import AuthorMistake
from deployments.command_line.output import local

if TYPE_CHECKING:
    from blocks.delivery_log import DeliveryLog
    from tasks.log.records import Run
    from tasks.log.transaction import Log

LATEST = "latest"
TOLD = 3


def delivery_log() -> DeliveryLog:
    """Return the door to the log that --log or the environment names."""
    from blocks.settings import Settings

    return Settings().delivery_log


def delivery_log_if_there() -> DeliveryLog | None:
    """Return the door to the log, or None before the first run: looking makes no log."""
    from blocks.settings import Settings

    return Settings().delivery_log_if_there


def all_runs(door: DeliveryLog) -> list[Run]:
    """Return every run of a log, the newest first."""
    from tasks.log import runs

    return runs.list_runs(door.open(), limit=1_000_000) if door.is_there else []


def found_run(given: str) -> tuple[Log, Run]:
    """Return the log and the run of a key, of the beginning of one, or of `latest`.

    Raises AuthorMistake with the nearest keys when there is none, or several.
    """
    from tasks.log import runs

    door = delivery_log()
    if door.is_there and (exact := runs.find_run(door.open(), run_key=given)):
        return door.open(), exact
    known = all_runs(door)
    chosen = known[:1] if given == LATEST else [r for r in known if r.run_key.startswith(given)]
    if len(chosen) != 1 or not given:
        raise _not_found(given, chosen if given else [], known, door)
    return door.open(), chosen[0]


def require_rows(run: Run) -> None:
    """Raise AuthorMistake when the recipients of a run were pruned."""
    if run.pruned_at is not None:
        raise AuthorMistake.of(
            "run_key",
            f"the recipients of '{run.run_key}' were pruned on {local(run.pruned_at)}",
            hint=f"hookline report {run.run_key} tells their counts",
        )


def state_of(log: Log, run: Run) -> Literal["planning", "sending", "unfinished", "finished"]:
    """Return where a run stands; unfinished is one that nobody is sending."""
    from tasks.log import claims, owners

    if run.finished_at is not None:
        return "finished"
    if owners.dead_owners_of(log, run_id=run.id):
        return "unfinished"
    if run.planned_at is None:
        return "planning"
    # No sender has the number 0, so these are all senders there are.
    return "sending" if claims.others_hold(log, run_id=run.id, owner_id=0) else "unfinished"


def _not_found(given: str, chosen: list[Run], known: list[Run], door: DeliveryLog) -> AuthorMistake:
    if chosen:
        return AuthorMistake.of(
            "run_key", f"{len(chosen)} runs begin with '{given}'", hint=_listed(chosen)
        )
    if not known:
        return AuthorMistake.of("run_key", f"there are no runs in {door.shown} yet")
    keys = [run.run_key for run in known]
    near = difflib.get_close_matches(given, keys, n=TOLD, cutoff=0.6)
    return AuthorMistake.of(
        "run_key",
        f"there is no run '{given}' in {door.shown}",
        hint=f"did you mean {', '.join(near)}?" if near else f"the newest: {_listed(known)}",
    )


def _listed(runs: list[Run]) -> str:
    keys = [run.run_key for run in runs[:TOLD]]
    more = len(runs) - len(keys)
    return ", ".join(keys) + (f" and {more} more" if more > 0 else "")
