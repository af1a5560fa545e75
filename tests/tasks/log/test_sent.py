"""Who was sent a campaign before, by outcome and by time."""

from __future__ import annotations

import pytest

from tasks.log import runs
from tasks.log.records import State
from tasks.log.sent import campaigns_in, last_audience, users_sent
from tasks.log.settle import settle


@pytest.fixture
def sent(scene):
    """Enter a run in which one user each was delivered, failed, is waiting and was not begun."""
    run, owner = scene.run("ada", "bob", "cleo", batch_size=3), scene.living()
    _, owed = scene.begun(run, owner)
    ends = (State.DELIVERED, State.FAILED, State.PENDING)
    results = [
        scene.result(one, state, status=200, reason="gone" if state is State.FAILED else None)
        for one, state in zip(owed, ends, strict=True)
    ]
    settle(scene.log, run_id=run.id, owner_id=owner, settled=results)
    scene.run("dan", run_key="later")
    return scene


@pytest.mark.parametrize(
    ("outcome", "users"),
    [
        ("sent", ["ada", "bob", "cleo"]),
        ("delivered", ["ada"]),
        ("failed", ["bob"]),
        ("suppressed", []),
        ("held", []),
        ("any", ["ada", "bob", "cleo", "dan"]),
    ],
)
def test_users_are_found_by_the_outcome_of_their_delivery(sent, outcome, users):
    assert sorted(users_sent(sent.log, campaign="offer", outcome=outcome)) == users


@pytest.mark.parametrize(
    ("since", "until", "users"),
    [
        (20.0, None, ["ada", "bob", "cleo"]),
        (20.5, None, []),
        (None, 20.0, ["dan"]),
        (11.0, 20.0, ["dan"]),
        (11.5, 20.5, ["ada", "bob", "cleo"]),
    ],
)
def test_a_period_bounds_when_the_last_request_went_out_or_was_due(sent, since, until, users):
    found = users_sent(sent.log, campaign="offer", outcome="any", since=since, until=until)

    assert sorted(found) == users


def test_a_run_that_was_finished_before_the_period_counts_no_more(scene):
    run, owner = scene.run("ada"), scene.living()
    _, (owed,) = scene.begun(run, owner)
    settle(
        scene.log,
        run_id=run.id,
        owner_id=owner,
        settled=[scene.result(owed, State.DELIVERED, status=200)],
    )
    runs.finish_run(scene.log, run_id=run.id, now=30.0)

    assert users_sent(scene.log, campaign="offer", since=20.0) == ["ada"]
    assert users_sent(scene.log, campaign="offer", since=31.0) == []


def test_a_user_in_several_runs_is_found_once_and_another_campaign_has_its_own(sent):
    sent.run("ada", run_key="third")

    assert users_sent(sent.log, campaign="offer", outcome="any").count("ada") == 1
    assert users_sent(sent.log, campaign="other") == []
    assert campaigns_in(sent.log) == ["offer"]


def test_the_last_audience_is_that_of_the_newest_planned_run(sent):
    runs.start_run(
        sent.log, run_key="begun", campaign="offer", digest="d", now=99.0, snapshot="parts"
    )

    assert last_audience(sent.log, campaign="offer") == ("later", ["dan"])
    assert last_audience(sent.log, campaign="other") is None
