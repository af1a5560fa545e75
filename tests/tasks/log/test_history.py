"""However much a log has gathered, a sender's statements read what they need and no more."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from blocks.delivery_log import DeliveryLog
from tasks.log import claims, limits, owners, plan, queries, reconcile, runs, settle
from tasks.log.host_shares import Wish, share
from tasks.log.owners import Process, this_process
from tasks.log.records import Settled, State
from tasks.log.takeover import take_over
from tests.tasks.log.history import add_history

LARGE = "deliveries|attempts|batches|runs|owners"
# An index that is read without a condition is the whole table in another order, but for the one
# that lists what somebody holds at the moment.
WHOLE = re.compile(
    rf"SCAN ({LARGE})\b|Seq Scan on ({LARGE})\b"
    rf"|Index.* using (?!ix_batches_owner_id)\w+ on ({LARGE})\b.*\n(?!\s*Index Cond)"
)
USERS = [f"user-{number}" for number in range(1000)]


def planned(log):
    """Plan a run of a thousand in ten batches."""
    run = runs.start_run(
        log, run_key="now", campaign="offer", digest="d", now=1.0, snapshot="parts"
    )
    owner = owners.register(log, process=this_process())
    plan.begin_plan(log, run_id=run.id, owner_id=owner)
    plan.plan_part(
        log, run_id=run.id, owner_id=owner, part=0, user_ids=USERS, batch_size=100, due_at=1.0
    )
    plan.freeze(log, run_id=run.id, owner_id=owner, audience=len(USERS), now=2.0)
    return run, owner


def delivered(delivery):
    return Settled(delivery.id, 1, 3.0, 4.0, 200, None, False, None, State.DELIVERED)


def send_batch(log, run, owner):
    """Do with a batch what a sender does, but leave some of it in flight."""
    batch = claims.take_batch(log, run_id=run.id, owner_id=owner)
    owed = claims.owed(log, run_id=run.id, batch=batch.number)
    given = {"run_id": run.id, "owner_id": owner}
    ids = [one.id for one in owed]
    for some in (ids[:50], ids[40:60]):  # the second time some are in flight already
        claims.begin(log, **given, batch=batch.number, delivery_ids=some, now=3.0)
    for ended in (owed[:30], owed[20:40]):  # the second time some are settled already
        settle.settle(log, **given, settled=[delivered(one) for one in ended])
    settle.suppress(log, **given, batch=batch.number, reasons=[(one, "r") for one in ids[60:]])
    claims.close_batch(log, **given, batch=batch.number)
    owners.heartbeat(log, owner_id=owner)
    runs.is_wanted(log, run_id=run.id)
    runs.read_counts(log, run_id=run.id)


def work(log, run, owner):
    """Do what senders do: send, die, be taken over, wait for one another, and tell."""
    dead = owners.register(log, process=Process("elsewhere", 1, 1.0), lease=-1.0)
    for sender in (owner, dead, owner):
        send_batch(log, run, sender)
    take_over(log, run_id=run.id, policy="resend", attempt_limit=6, now=9.0)
    claims.others_hold(log, run_id=run.id, owner_id=owner)
    claims.living_others_hold(log, run_id=run.id, owner_id=owner)
    limits.reserve(log, host="crm.example", rate=5.0, most=10)
    for wish in (Wish(0, 3), Wish(3, 0)):
        share(log, owner_id=owner, limit=5, wishes={"crm.example": wish})


def tell(log, run):
    """Read what reports and commands read."""
    reconcile.balance(log, run_id=run.id)
    reconcile.count_lost(log, run_id=run.id)
    queries.by_status(log, run_id=run.id)
    queries.reasons(log, run_id=run.id)
    list(queries.list_deliveries(log, run_id=run.id, state=State.FAILED, limit=10))
    queries.history(log, run_id=run.id, user_id="user-3")
    runs.find_run(log, run_key="now")


def leave(log, owner):
    claims.release_batches(log, owner_id=owner)
    owners.leave(log, owner_id=owner)


def plan_of(connection, statement, values):
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(row.detail for row in found)
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())


def test_no_statement_of_a_sender_or_a_report_reads_a_whole_table(scene):
    # As many runs and owners as it takes for an index to be worth its while.
    add_history(scene.log, runs=1_000, users=100)
    statements = {}

    def keep(_connection, _cursor, statement, values, _context, many):
        if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", statement):
            statements.setdefault(statement, values[0] if many else values)

    sa.event.listen(scene.log, "before_cursor_execute", keep)
    run, owner = planned(scene.log)
    work(scene.log, run, owner)
    tell(scene.log, run)
    leave(scene.log, owner)
    sa.event.remove(scene.log, "before_cursor_execute", keep)

    with scene.log.begin() as connection:
        plans = {one: plan_of(connection, one, values) for one, values in statements.items()}

    assert len(plans) > 40
    assert [f"{one}\n{found}" for one, found in plans.items() if WHOLE.search(found)] == []


@pytest.fixture
def steps(tmp_path):
    """Return a function that counts what SQLite's machine executes while a log is worked with."""

    def count(name, **history):
        log = DeliveryLog(url=f"sqlite:///{tmp_path}/{name}.db").open()
        if history:
            add_history(log, **history)
        counted = 0

        def tick():
            nonlocal counted
            counted += 1

        def watch(connection, _record, _proxy):
            connection.set_progress_handler(tick, 100)

        sa.event.listen(log, "checkout", watch)
        run, owner = planned(log)
        before = counted
        work(log, run, owner)
        tell(log, run)
        sa.event.remove(log, "checkout", watch)
        log.dispose()
        return counted - before

    return count


def test_with_a_long_history_a_sender_costs_what_it_costs_with_none(steps):
    empty = steps("empty")
    old = steps("old", runs=100, users=1000)

    assert empty > 100
    assert old <= 1.02 * empty
