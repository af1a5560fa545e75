"""Read a run's report from the delivery log."""

from __future__ import annotations

from tasks.log import queries, reconcile, runs
from tasks.log.reconcile import Balance
from tasks.log.records import Run, State
from tasks.log.transaction import Log
from tasks.report.report import Report

FAILURES_SHOWN = 200


def read_report(log: Log, *, run_key: str, now: float) -> Report | None:
    """Return the report of a run, counted from its rows; None when there is no such run."""
    run = runs.find_run(log, run_key=run_key)
    if run is None:
        return None
    return report_of(log, run, balance=reconcile.balance(log, run_id=run.id), now=now)


def report_of(log: Log, run: Run, *, balance: Balance, now: float) -> Report:
    """Return the report of a run that was just read from the log, and its rows counted.

    Of a run whose rows were pruned it is the one that was kept.
    """
    if run.pruned_at is not None:
        return Report(**runs.kept_report(log, run_id=run.id))
    lost = reconcile.count_lost(log, run_id=run.id) if balance.counts.pending else 0
    return Report(
        run_key=run.run_key,
        campaign=run.campaign,
        audience=run.counts.audience,
        delivered=balance.counts.delivered,
        failed=balance.counts.failed,
        suppressed=balance.counts.suppressed,
        held=balance.counts.held,
        in_doubt=balance.counts.in_doubt + lost,
        pending=balance.counts.pending - lost,
        attempts=balance.counts.attempts,
        by_status=queries.by_status(log, run_id=run.id),
        reasons=_reasons(log, run),
        balanced=balance.balanced,
        seconds=queries.duration(run, now=now),
        funnel=run.funnel,
    )


def read_failures(log: Log, *, run_key: str) -> list[dict[str, str | int | None]]:
    """Return the first failed deliveries of a run as rows of a table."""
    run = runs.find_run(log, run_key=run_key)
    if run is None:
        return []
    failed = queries.list_deliveries(log, run_id=run.id, state=State.FAILED, limit=FAILURES_SHOWN)
    return [
        {"user": one.user_id, "reason": one.reason, "attempts": one.attempts, "status": one.status}
        for one in failed
    ]


def _reasons(log: Log, run: Run) -> dict[str, int]:
    return {
        f"{found.state.name.lower()}: {found.reason}": found.count
        for found in queries.reasons(log, run_id=run.id)
    }
