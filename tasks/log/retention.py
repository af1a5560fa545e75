"""Remove the snapshots of runs that finished long ago: they hold what users are called."""

from __future__ import annotations

from tasks.log import frozen, runs, snapshot
from tasks.log.transaction import Log, writing


def drop_old_snapshots(log: Log, *, now: float, retention: float) -> int:
    """Remove the snapshots of runs finished `retention` seconds ago or earlier; return how many.

    Such a run keeps its report and its history, and cannot be sent again.
    """
    old = runs.runs_with_old_snapshots(log, now=now, retention=retention)
    for run in old:
        assert run.snapshot is not None, "only runs with a snapshot were asked for"
        snapshot.remove(run.snapshot)
        runs.forget_snapshot(log, run_id=run.id)
        with writing(log) as connection:
            frozen.forget(connection, run_id=run.id)
    return len(old)
