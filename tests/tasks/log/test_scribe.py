"""Many coroutines write to the log in few commits, and no answer is dropped."""

import asyncio
import functools
import sqlite3
import threading

import pytest
from sqlalchemy import text

from blocks.delivery_log import DeliveryLog
from tasks.log import runs
from tasks.log.records import Settled, State
from tasks.log.scribe import Scribe


@pytest.fixture
def log(tmp_path):
    return DeliveryLog(url=f"sqlite:///{tmp_path}/log.db").open()


def _number(number, _connection):
    return number


def settled(number):
    return Settled(number, 1, 0.0, 1.0, 200, None, False, None, State.DELIVERED)


async def test_what_waits_while_a_commit_runs_goes_into_the_next_one(log):
    began, go_on = threading.Event(), threading.Event()
    scribe = Scribe(log, settle=lambda *_: None, landing=lambda _: None, landed=lambda *_: None)

    def slowly(_connection):
        began.set()
        go_on.wait(10)

    first = asyncio.create_task(scribe.write(slowly))
    await asyncio.to_thread(began.wait, 10)
    others = [asyncio.create_task(scribe.write(functools.partial(_number, n))) for n in range(50)]
    await asyncio.sleep(0)
    go_on.set()

    assert await asyncio.gather(*others) == list(range(50))
    await first
    assert scribe.commits == 2
    await scribe.close()


async def test_all_that_ended_meanwhile_is_settled_together(log):
    together, landed = [], []
    scribe = Scribe(
        log,
        settle=lambda _, rows: together.append([row.delivery_id for row in rows]),
        landing=lambda _: None,
        landed=lambda ended, error: landed.append((ended, error)),
    )

    for number in range(5):
        scribe.end(settled(number), f"user {number}")
    await scribe.close()

    assert together == [[0, 1, 2, 3, 4]]
    assert landed == [([f"user {number}" for number in range(5)], None)]


async def test_what_follows_from_an_end_goes_into_the_commit_that_settles_it(log):
    done, asked = [], []

    def claim_the_next(ended):
        if ended:
            asked.append(asyncio.create_task(scribe.write(lambda _: done.append("claimed"))))

    scribe = Scribe(
        log,
        settle=lambda _, rows: done.append("settled"),
        landing=claim_the_next,
        landed=lambda *_: None,
    )

    scribe.end(settled(1), "ada")
    await scribe.written()

    assert [one.done() for one in asked] == [True]
    assert done == ["settled", "claimed"]
    assert scribe.commits == 1
    await scribe.close()


async def test_one_faulty_work_does_not_drop_the_answers_that_share_its_commit(log):
    kept, landed = [], []
    scribe = Scribe(
        log,
        settle=lambda _, rows: kept.extend(row.delivery_id for row in rows),
        landing=lambda _: None,
        landed=lambda ended, error: landed.extend((one, error) for one in ended),
    )

    def faulty(_connection):
        raise ValueError("a bug")

    scribe.end(settled(1), "ada")
    scribe.end(settled(2), "bob")
    with pytest.raises(ValueError, match="a bug"):
        await scribe.write(faulty)

    assert kept[-2:] == [1, 2]
    assert landed == [("ada", None), ("bob", None)]
    await scribe.close()


async def test_an_answer_that_the_database_refuses_costs_no_other(log):
    landed = []

    def refuse_the_first(_connection, rows):
        if rows[0].delivery_id == 1:
            raise ValueError("a bug")

    scribe = Scribe(
        log,
        settle=refuse_the_first,
        landing=lambda _: None,
        landed=lambda ended, error: landed.extend((one, str(error)) for one in ended),
    )
    scribe.end(settled(1), "ada")
    scribe.end(settled(2), "bob")
    await scribe.close()

    assert landed == [("ada", "a bug"), ("bob", "None")]


async def test_a_statement_that_can_never_be_written_is_refused_at_once(log):
    scribe = Scribe(log, settle=lambda *_: None, landing=lambda _: None, landed=lambda *_: None)

    with pytest.raises(Exception, match="no such table"):
        await scribe.write(lambda connection: connection.execute(text("SELECT * FROM nowhere")))

    await scribe.close()


async def test_a_log_that_cannot_be_written_is_waited_for(log, tmp_path, caplog):
    log.dispose()
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    scribe = Scribe(log, settle=lambda *_: None, landing=lambda _: None, landed=lambda *_: None)

    def impatiently(connection):
        connection.exec_driver_sql("SELECT 1")
        return runs.start_run(connection, run_key="k", campaign="c", digest="d", now=1.0).run_key

    with log.connect() as warm:
        warm.exec_driver_sql("PRAGMA busy_timeout=50")
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(scribe.write(impatiently))
    while "trying again" not in caplog.text:
        await asyncio.sleep(0.01)
    assert not writing.done()
    other.execute("ROLLBACK")
    other.close()

    assert await writing == "k"
    await scribe.close()
