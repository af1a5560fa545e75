"""The log answers what came of a run, of a state, and of one user."""

from __future__ import annotations

import pytest

from tasks.log import claims, queries, runs, settle
from tasks.log.queries import Reason
from tasks.log.records import State


@pytest.fixture
def run(scene):
    """Send to a and b, retry c after a time-out, suppress d; e waits."""
    run, owner = scene.run("a", "b", "c", "d", "e"), scene.living()
    batch, (a, b, c, d, _) = scene.taken(run, owner)
    chosen = {"run_id": run.id, "owner_id": owner}

    def begin(*owed, now):
        ids = [one.id for one in owed]
        claims.begin(scene.log, **chosen, batch=batch.number, delivery_ids=ids, now=now)

    begin(a, b, c, now=20.0)
    first_ends = [
        scene.result(a, State.DELIVERED, status=200),
        scene.result(b, State.FAILED, status=404, reason="HTTP 404", detail="no such user"),
        scene.result(c, State.PENDING),
    ]
    settle.settle(scene.log, **chosen, settled=first_ends)
    begin(c, now=80.0)
    then = scene.result(c.again(due_at=80.0), State.DELIVERED, status=200, started_at=80.0)
    settle.settle(scene.log, **chosen, settled=[then])
    settle.suppress(scene.log, **chosen, batch=batch.number, reasons=[(d.id, "url: no host")])
    return run


def users(scene, run, **values):
    return [one.user_id for one in queries.list_deliveries(scene.log, run_id=run.id, **values)]


def test_attempts_are_counted_by_status_or_error_most_first(scene, run):
    counts = queries.by_status(scene.log, run_id=run.id)

    assert list(counts.items()) == [("200", 2), ("404", 1), ("read timeout", 1)]


def test_deliveries_are_counted_by_state_and_reason(scene, run):
    assert queries.reasons(scene.log, run_id=run.id) == [
        Reason(State.FAILED, "HTTP 404", 1),
        Reason(State.SUPPRESSED, "url: no host", 1),
    ]
    assert len(queries.reasons(scene.log, run_id=run.id, limit=1)) == 1


def test_deliveries_are_listed_in_the_order_of_the_audience(scene, run):
    assert users(scene, run) == ["a", "b", "c", "d", "e"]


def test_deliveries_are_listed_by_state_and_by_last_status(scene, run):
    assert users(scene, run, state=State.DELIVERED) == ["a", "c"]
    assert users(scene, run, state=State.PENDING) == ["e"]
    assert users(scene, run, status=404) == ["b"]
    assert users(scene, run, state=State.DELIVERED, status=404) == []


def test_deliveries_are_listed_in_pieces(scene, run):
    assert users(scene, run, limit=2) == ["a", "b"]
    assert users(scene, run, limit=2, offset=3) == ["d", "e"]
    assert users(scene, run, offset=4) == ["e"]
    assert users(scene, run, limit=0) == []


def test_a_long_list_comes_page_by_page_without_a_gap(scene):
    everybody = [f"u{i}" for i in range(2 * queries.PAGE + 1)]
    run = scene.run(*everybody)

    assert users(scene, run) == everybody
    assert users(scene, run, limit=queries.PAGE + 1, offset=5) == everybody[5 : queries.PAGE + 6]


def test_the_history_of_a_user_tells_every_attempt_in_order(scene, run):
    found = queries.history(scene.log, run_id=run.id, user_id="c")

    assert found is not None
    assert found.delivery.state is State.DELIVERED
    assert [(one.number, one.started_at, one.status) for one in found.attempts] == [
        (1, 20.0, None),
        (2, 80.0, 200),
    ]
    assert found.attempts[0].maybe_received


def test_a_user_who_is_not_in_the_run_has_no_history(scene, run):
    assert queries.history(scene.log, run_id=run.id, user_id="nobody") is None
    assert queries.history(scene.log, run_id=run.id, user_id="a", trigger_id="t1") is None


def test_a_run_lasts_until_now_or_until_its_end(scene):
    run = scene.run()
    assert queries.duration(run, now=25.0) == 15.0

    runs.finish_run(scene.log, run_id=run.id, now=30.0)

    assert queries.duration(scene.again(run), now=99.0) == 20.0


def test_progress_touches_neither_deliveries_nor_attempts(scene):
    if scene.log.dialect.name != "sqlite":
        pytest.skip("the question is put to SQLite")
    run = scene.run("a")
    with scene.log.begin() as connection:
        connection.exec_driver_sql("DROP TABLE attempts")
        connection.exec_driver_sql("DROP TABLE deliveries")

    assert runs.read_counts(scene.log, run_id=run.id).pending == 1
