"""The one check after every crash: nobody lost, nobody doubled unseen, and not more than a few."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from sqlalchemy import Engine, select

from blocks.delivery_log_tables import attempts, deliveries
from tasks.log.records import Run
from tasks.report.read import read_report
from tests.crash.receiver import Received


def check(
    log: Engine,
    run: Run,
    received: Collection[Received],
    *,
    users: int,
    doubtful: int,
    held: Collection[str] = (),
) -> int:
    """Hold a finished run against what arrived; return how many users were received twice.

    At most `doubtful` users may have an attempt of which nobody knows whether it arrived; `held`
    are those of them that the campaign does not want to be sent to again.
    """
    report = read_report(log, run_key=run.run_key, now=run.started_at)
    assert report.balanced
    assert (report.audience, report.delivered, report.held) == (users, users - len(held), len(held))
    assert run.finished_at is not None

    arrived = Counter(one.user for one in received)
    reached = len(arrived.keys() | set(held))
    assert reached == users, "somebody was reported as delivered and received nothing"
    ids = defaultdict(set)
    for one in received:
        ids[one.user].add(one.webhook_id)
    assert {user for user, found in ids.items() if len(found) > 1} == set()

    begun, doubted = _begun(log, run), flagged(log, run)
    unknown = {user for user, times in arrived.items() if times > begun[user]}
    assert unknown == set(), "a request went out that the log does not know"
    taken = Counter(one.user for one in received if one.status == 200)
    twice = {user for user, times in taken.items() if times > 1}
    assert twice <= doubted, "somebody was received twice and nobody says so"
    assert not twice & set(held)
    assert len(doubted) <= doubtful
    return len(twice)


def _begun(log: Engine, run: Run) -> dict[str, int]:
    """Return how many attempts the log knows of each user."""
    asked = select(deliveries.c.user_id, deliveries.c.attempts)
    with log.connect() as connection:
        rows = connection.execute(asked.where(deliveries.c.run_id == run.id))
        return {row.user_id: row.attempts for row in rows}


def flagged(log: Engine, run: Run) -> set[str]:
    """Return the users with an attempt that may have been received though it was not answered."""
    asked = (
        select(deliveries.c.user_id)
        .join(attempts, attempts.c.delivery_id == deliveries.c.id)
        .where(deliveries.c.run_id == run.id, attempts.c.run_id == run.id)
        .where(attempts.c.maybe_received)
    )
    with log.connect() as connection:
        return set(connection.scalars(asked))
