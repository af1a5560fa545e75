"""An earlier run goes on with the campaign it had, over the users it had."""

import dataclasses

import pytest

from blocks.delivery_log import DeliveryLog
from blocks.mistake import AuthorMistake
from tasks.check.earlier import check_same, earlier_run, events_of, reopen, users_of
from tasks.log import runs


@pytest.fixture
def log(tmp_path):
    engine = DeliveryLog(url=f"sqlite:///{tmp_path}/log.db").open()
    yield engine
    engine.dispose()


def started(log, campaign, *, run_key="june"):
    return runs.start_run(
        log,
        run_key=run_key,
        campaign=campaign.name,
        digest=campaign.digest,
        now=1.0,
        definition=campaign.model_dump(mode="json"),
    )


def test_a_run_is_found_by_its_key(log, campaign_of):
    run = started(log, campaign_of())

    assert earlier_run(log, run_key="june") == run


def test_an_unknown_key_is_told_with_the_nearest(log, campaign_of):
    started(log, campaign_of())

    with pytest.raises(AuthorMistake, match=r"no run 'jun' .did you mean 'june'"):
        earlier_run(log, run_key="jun")


def test_the_campaign_as_it_was_may_go_on(log, campaign_of):
    check_same(started(log, campaign_of()), campaign_of())


def test_a_run_of_another_campaign_is_refused(log, campaign_of):
    run = started(log, campaign_of())

    with pytest.raises(AuthorMistake, match="a run of the campaign 'Welcome', not of 'Other'"):
        check_same(run, campaign_of(name="Other"))


def test_a_campaign_that_was_changed_is_refused(log, campaign_of):
    run = started(log, campaign_of())

    with pytest.raises(AuthorMistake, match="was changed since 'june' was started"):
        check_same(run, campaign_of(message={"url": "http://crm.example.com/other"}))


def test_users_are_the_campaigns_own_when_they_were(log, campaign_of):
    run = started(log, campaign_of())

    assert users_of(run, campaign_of()) == ""


def test_users_that_replaced_the_campaigns_own_replace_them_again(log, campaign_of):
    run = started(log, campaign_of().over("/data/other.csv"))

    assert users_of(run, campaign_of()) == "/data/other.csv"


def test_events_that_replaced_the_campaigns_own_replace_them_again(log, campaign_of):
    run = started(log, campaign_of().over("", "/data/events.csv"))

    assert events_of(run, campaign_of()) == "/data/events.csv"
    assert users_of(run, campaign_of()) == ""


def test_users_that_are_given_go_first(log, campaign_of):
    run = started(log, campaign_of().over("/data/other.csv"))

    assert users_of(run, campaign_of(), given="/data/third.csv") == "/data/third.csv"


@pytest.mark.parametrize("change", [{"definition": None}, {}])
def test_a_campaign_that_was_changed_otherwise_keeps_its_own_users(log, campaign_of, change):
    run = dataclasses.replace(started(log, campaign_of()), **change)

    assert users_of(run, campaign_of(message={"url": "http://crm.example.com/other"})) == ""


@pytest.mark.parametrize(
    "source", ["postgresql://me:secret@host/db#users", "sqlite:///x.db?password=secret#users"]
)
def test_a_password_that_was_not_kept_is_asked_for(log, campaign_of, source):
    run = started(log, campaign_of(users={"source": source, "id": "user_id"}))

    with pytest.raises(AuthorMistake, match=r"its password is not kept .name it with --users"):
        users_of(run, campaign_of())


def test_a_run_that_is_not_finished_is_not_sent_again(log, campaign_of):
    run = started(log, campaign_of())

    with pytest.raises(AuthorMistake, match="'june' cannot be sent again: the run is not finished"):
        reopen(log, run, now=2.0)
