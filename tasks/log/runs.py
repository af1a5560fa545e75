"""Enter runs, find them, and end them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from blocks.delivery_log_tables import runs
from blocks.mistake import AuthorMistake
from tasks.log import counters
from tasks.log.reconcile import Balance, balance
from tasks.log.records import Counts, Run
from tasks.log.transaction import Log, reading, writing


class RunKeyTaken(AuthorMistake):
    """A run key was used before, for another campaign or another message."""


def start_run(
    log: Log,
    *,
    run_key: str,
    campaign: str,
    digest: str,
    now: float,
    source: str | None = None,
    definition: Any = None,
    snapshot: str | None = None,
    columns: Sequence[str] = (),
) -> Run:
    """Enter a run, or return the one that has this key already.

    Raises RunKeyTaken when that one is of another campaign or digest.
    """
    values = {
        "run_key": run_key,
        "campaign": campaign,
        "digest": digest,
        "source": source,
        "definition": definition,
        "snapshot": snapshot,
        "columns": list(columns),
        "started_at": now,
    }
    with writing(log) as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(runs).values(values).on_conflict_do_nothing())
        run = _one(connection, runs.c.run_key == run_key)
    assert run is not None, "it was entered, or it was there"
    if (run.campaign, run.digest) != (campaign, digest):
        raise RunKeyTaken.of(
            "run_key",
            f"'{run_key}' names a run of '{run.campaign}' as it was written then",
            hint="use a new run key, or the campaign unchanged",
        )
    return run


def find_run(log: Log, *, run_key: str) -> Run | None:
    """Return the run of this key, with its counters, if there is one."""
    with reading(log) as connection:
        return _one(connection, runs.c.run_key == run_key)


def read_run(log: Log, *, run_id: int) -> Run:
    """Return a run as it stands now."""
    with reading(log) as connection:
        return _run(connection.execute(select(runs).where(runs.c.id == run_id)).one())


def read_counts(log: Log, *, run_id: int) -> Counts:
    """Return the counters of a run: what progress shows, at the price of one row."""
    with reading(log) as connection:
        return counters.read(connection.execute(select(runs).where(runs.c.id == run_id)).one())


def is_wanted(log: Log, *, run_id: int) -> bool:
    """Tell whether a run is to go on."""
    with reading(log) as connection:
        return connection.scalar(select(runs.c.wanted).where(runs.c.id == run_id)) == "run"


def unfinished_runs(log: Log, *, campaign: str) -> list[Run]:
    """Return the runs of a campaign that are not finished, the newest first."""
    return _many(log, (runs.c.campaign == campaign) & runs.c.finished_at.is_(None), limit=None)


def list_runs(log: Log, *, campaign: str | None = None, limit: int = 100) -> list[Run]:
    """Return runs, of one campaign or of all, the newest first."""
    return _many(log, None if campaign is None else runs.c.campaign == campaign, limit=limit)


def runs_with_old_snapshots(log: Log, *, now: float, retention: float) -> list[Run]:
    """Return the finished runs whose snapshot was kept for `retention` seconds and more."""
    finished_long_ago = runs.c.finished_at <= now - retention
    return _many(log, runs.c.snapshot.is_not(None) & finished_long_ago, limit=None)


def read_runs(log: Log, condition: ColumnElement[bool]) -> list[Run]:
    """Return all runs that meet a condition on their table, the newest first."""
    return _many(log, condition, limit=None)


def kept_report(log: Log, *, run_id: int) -> dict[str, Any]:
    """Return what the rows of a run said before they were pruned, as its report had it."""
    with reading(log) as connection:
        kept = connection.scalar(select(runs.c.report).where(runs.c.id == run_id))
        return dict(kept or {})


def forget_snapshot(log: Log, *, run_id: int) -> None:
    """Note that the snapshot of a run was removed."""
    with writing(log) as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(snapshot=None))


def set_wanted(log: Log, *, run_id: int, wanted: str) -> None:
    """Say whether a run is to go on (`run`) or to stop (`stop`); its senders read it."""
    if wanted not in ("run", "stop"):
        raise ValueError(f"a run can be wanted to run or to stop, not to {wanted}")
    with writing(log) as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(wanted=wanted))


def finish_run(log: Log, *, run_id: int, now: float) -> Balance:
    """Finish a run if it balances; return what its rows say either way."""
    # The rows are looked at outside the writing transaction: once all are final none moves.
    found = balance(log, run_id=run_id)
    if found.balanced:
        with writing(log) as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.finished_at.is_(None))
                .where(
                    runs.c.delivered + runs.c.failed + runs.c.suppressed + runs.c.held
                    == runs.c.audience
                )
                .values(finished_at=now)
            )
    return found


def withdraw(log: Log, *, run_id: int) -> None:
    """Forget a run that could not be planned; one that is planned, or being planned, stays."""
    with writing(log) as connection:
        unplanned = runs.c.planned_at.is_(None) & runs.c.planner_id.is_(None)
        connection.execute(delete(runs).where(runs.c.id == run_id, unplanned))


def _one(connection: Connection, condition: ColumnElement[bool]) -> Run | None:
    row = connection.execute(select(runs).where(condition)).one_or_none()
    return _run(row) if row else None


def _many(log: Log, condition: ColumnElement[bool] | None, limit: int | None) -> list[Run]:
    statement = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
    with reading(log) as connection:
        chosen = statement if condition is None else statement.where(condition)
        return [_run(row) for row in connection.execute(chosen)]


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        run_key=row.run_key,
        campaign=row.campaign,
        digest=row.digest,
        source=row.source,
        definition=row.definition,
        snapshot=row.snapshot,
        columns=tuple(row.columns or ()),
        wanted=row.wanted,
        started_at=row.started_at,
        planned_at=row.planned_at,
        finished_at=row.finished_at,
        counts=counters.read(row),
        pruned_at=row.pruned_at,
        funnel=row.funnel,
    )
