"""`hookline why` tells the story of one user in one run."""

import pytest

from tasks.log import owners, runs
from tasks.log.records import webhook_id


def test_every_attempt_is_told_with_its_answer_and_the_wait_before_it(hookline, seed):
    seed.finished("ada", "bob")

    lines = hookline("why", "june", "ada").out.splitlines()

    assert lines[0] == "ada was in the audience of june."
    assert lines[1] == "It failed after 2 attempts: HTTP 404."
    assert webhook_id(run_key="june", user_id="ada") in lines[3]
    assert lines[4].endswith("answered 503 after 500 ms")
    assert lines[5].strip() == '{"try": "later"}'
    assert "1 min after attempt 1: answered 404" in lines[6]


def test_a_user_who_waits_is_told_when_the_next_attempt_is_due(hookline, seed):
    seed.waiting("ada")

    answer = hookline("why", "july", "ada")

    assert answer.code == 0
    assert "It is still owed after 1 attempt." in answer.out
    assert "The next attempt is due in " in answer.out
    assert "read timeout after 500 ms (may have been received)" in answer.out
    assert "Nobody is sending" not in answer.out


def test_a_user_of_a_stopped_run_is_told_how_it_goes_on(hookline, seed):
    seed.run("ada", run_key="stopped")

    answer = hookline("why", "stopped", "ada")

    assert "It was not sent yet.\nThe next attempt is due now, since" in answer.out
    assert "Nobody is sending this run now: hookline resume stopped" in answer.out


def test_as_json_it_is_one_object(hookline, seed):
    seed.finished("ada")

    told = hookline("why", "june", "ada", "--json").json

    assert (told["outcome"], told["reason"], told["due"]) == ("failed", "HTTP 404", None)
    assert [one["status"] for one in told["attempts"]] == [503, 404]


@pytest.mark.parametrize("given", ["ADA", " ada", "adda"])
def test_a_user_who_was_not_in_it_is_told_with_the_nearest_and_1(hookline, seed, given):
    seed.finished("ada", "bob")

    answer = hookline("why", "june", given)

    assert answer.code == 1
    assert "is not among the 2 users in the audience of june." in answer.out
    assert "Did you mean ada?" in answer.out


def test_a_user_like_nobody_is_told_as_json_too(hookline, seed):
    seed.finished("ada")

    answer = hookline("why", "june", "zzzzzz", "--json")

    assert answer.code == 1
    assert answer.json == {
        "run_key": "june",
        "user": "zzzzzz",
        "in_audience": False,
        "nearest": [],
    }


def test_before_the_audience_is_selected_nobody_is_in_it(hookline, seed):
    owner = owners.register(seed.log, process=owners.this_process())
    runs.start_run(seed.log, run_key="new", campaign="Offer", digest="d", now=1.0)

    answer = hookline("why", "new", "ada")

    assert answer.code == 1
    assert "The audience of new is not selected yet." in answer.out
    owners.leave(seed.log, owner_id=owner)


def test_what_a_receiver_answered_moves_no_cursor(hookline, seed):
    run = seed.run("ada", run_key="june")
    owner, owed = seed.taken(run)
    from tasks.log.records import State

    seed.attempt(run, owner, owed["ada"], State.DELIVERED, at=1.0, detail="ok\x1b[2J\nnew line")

    assert "     ok [2J new line" in hookline("why", "june", "ada").out
