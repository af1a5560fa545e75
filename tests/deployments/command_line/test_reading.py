"""`runs`, `report` and `deliveries` tell what the delivery log has, and change nothing."""

import csv
import io

import pytest

from tasks.log import owners


def test_without_a_log_there_are_no_runs_and_none_is_made(hookline, tmp_path):
    answer = hookline("runs")

    assert answer.code == 0
    assert "There are no runs" in answer.out
    assert not (tmp_path / "log.db").exists()


@pytest.mark.parametrize(("campaign", "hint"), [("ofer", " (did you mean 'Offer'?)"), ("zzz", "")])
def test_a_campaign_without_runs_is_told_with_the_nearest_that_has_some(
    hookline, seed, campaign, hint
):
    seed.finished("ada")

    answer = hookline("runs", "--campaign", campaign)

    assert answer.out.startswith(f"There are no runs of '{campaign}' in ")
    assert answer.out.endswith(f"{hint}.\n")


def test_runs_are_listed_with_their_state_the_newest_first(hookline, seed):
    seed.finished("ada", "bob", run_key="june")
    seed.run("ada", run_key="stopped", now=1_700_000_500.0)
    seed.waiting("cleo", run_key="july")

    told = hookline("runs", "--json").json["runs"]

    assert [(one["run_key"], one["state"]) for one in told] == [
        ("stopped", "unfinished"),
        ("july", "sending"),
        ("june", "finished"),
    ]
    assert told[2]["failed"] == told[2]["delivered"] == 1
    assert told[2]["started"] == "2023-11-14T22:13:20.000+00:00"


def test_a_run_whose_sender_died_is_unfinished(hookline, seed):
    owner, _ = seed.waiting("ada")
    owners.leave(seed.log, owner_id=owner)

    assert hookline("runs", "--json").json["runs"][0]["state"] == "unfinished"


def test_the_table_leaves_out_what_is_nought_everywhere(hookline, seed):
    seed.finished("ada", "bob", run_key="offer-june")

    header = hookline("runs").out.splitlines()[0].split()

    assert header == ["run", "state", "audience", "delivered", "failed", "suppressed", "started"]


def test_the_table_names_the_campaign_where_a_key_does_not(hookline, seed):
    seed.finished("ada", run_key="june", campaign="Summer [bold]offer")

    assert "Summer [bold]offer" in hookline("runs").out


def test_runs_can_be_limited_and_chosen_by_campaign(hookline, seed):
    seed.finished("ada", run_key="june", campaign="A")
    seed.finished("ada", run_key="july", campaign="B")
    seed.finished("ada", run_key="may", campaign="B")

    answer = hookline("runs", "--campaign", "B", "--limit", "1")

    assert "may" in answer.out
    assert "july" not in answer.out
    assert "... and 1 more" in answer.out


def test_runs_as_csv(hookline, seed):
    seed.finished("ada", "bob")

    rows = list(csv.DictReader(io.StringIO(hookline("runs", "--csv").out)))

    assert (rows[0]["run_key"], rows[0]["attempts"]) == ("june", "3")


def test_the_report_of_a_balanced_run_ends_with_0_and_names_where_to_look(hookline, seed):
    seed.finished("ada", "bob")

    answer = hookline("report", "june")

    assert answer.code == 0
    assert "balanced: everyone is accounted for" in answer.out
    assert "hookline deliveries june --state failed" in answer.out


def test_the_report_of_an_unfinished_run_ends_with_1_and_says_how_to_go_on(hookline, seed):
    seed.waiting("ada")

    answer = hookline("report", "july")

    assert answer.code == 1
    assert "To go on: hookline resume july" in answer.out


def test_the_report_as_json_has_the_documented_fields(hookline, seed):
    seed.finished("ada", "bob")

    assert hookline("report", "june", "--json").json == {
        "run_key": "june",
        "campaign": "Offer",
        "audience": 2,
        "delivered": 1,
        "failed": 1,
        "suppressed": 0,
        "held": 0,
        "in_doubt": 0,
        "pending": 0,
        "attempts": 3,
        "by_status": {"200": 1, "404": 1, "503": 1},
        "reasons": {"failed: HTTP 404": 1},
        "balanced": True,
        "seconds": 100.0,
        "funnel": None,
    }


@pytest.mark.parametrize("given", ["spring-2", "latest", "spring-2025"])
def test_a_run_key_may_be_cut_and_latest_is_the_newest(hookline, seed, given):
    seed.finished("ada", run_key="spring-1")
    seed.finished("ada", run_key="spring-2025", now=1_700_000_900.0)

    assert hookline("report", given, "--json").json["run_key"] == "spring-2025"


def test_a_whole_key_is_meant_even_if_others_begin_with_it(hookline, seed):
    seed.finished("ada", run_key="spring")
    seed.finished("ada", run_key="spring-2")

    assert hookline("report", "spring", "--json").json["run_key"] == "spring"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("spring", "2 runs begin with 'spring' (spring-2, spring-1)"),
        ("sprung-1", "there is no run 'sprung-1'"),
        ("sprung-1", "did you mean spring-1"),
        ("zzz", "the newest: spring-2, spring-1"),
        ("", "there is no run ''"),
    ],
)
def test_a_key_that_fits_none_or_several_is_told_with_the_nearest(hookline, seed, given, told):
    seed.finished("ada", run_key="spring-1")
    seed.finished("ada", run_key="spring-2")

    answer = hookline("report", given)

    assert answer.code == 2
    assert told in answer.err


def test_a_key_in_an_empty_log_is_told(hookline):
    answer = hookline("report", "latest")

    assert answer.code == 2
    assert "there are no runs in" in answer.err


def test_another_log_is_taken_by_option(hookline, seed, tmp_path):
    seed.finished("ada")

    answer = hookline("runs", "--log", f"sqlite:///{tmp_path}/other.db")

    assert "There are no runs" in answer.out


def test_a_log_that_is_none_is_a_mistake(hookline):
    answer = hookline("runs", "--log", "mysql://me:secret@host/db")

    assert answer.code == 2
    assert "log: 'mysql' cannot hold a delivery log" in answer.err
    assert "secret" not in answer.err


def test_deliveries_are_listed_in_the_order_of_the_audience(hookline, seed):
    seed.finished("zoe", "ada")

    lines = hookline("deliveries", "june").out.splitlines()

    assert [line.split() for line in lines] == [
        ["user", "outcome", "attempts", "status", "reason"],
        ["zoe", "failed", "2", "404", "HTTP", "404"],
        ["ada", "delivered", "1", "200", "-"],
    ]


@pytest.mark.parametrize(
    ("chosen", "users"),
    [
        (["--state", "failed"], ["zoe"]),
        (["--state", "in_doubt"], []),
        (["--status", "200"], ["ada", "bob"]),
        (["--limit", "2"], ["zoe", "ada"]),
    ],
)
def test_deliveries_can_be_chosen(hookline, seed, chosen, users):
    seed.finished("zoe", "ada", "bob")

    told = hookline("deliveries", "june", "--json", *chosen).json

    assert [one["user"] for one in told["deliveries"]] == users


def test_a_table_that_is_cut_says_so(hookline, seed):
    seed.finished("zoe", "ada", "bob")

    assert "these are the first 2" in hookline("deliveries", "june", "--limit", "2").out
    assert "these are" not in hookline("deliveries", "june", "--limit", "3").out


def test_deliveries_as_csv_have_when_the_next_attempt_is_due(hookline, seed):
    seed.waiting("ada")

    rows = list(csv.DictReader(io.StringIO(hookline("deliveries", "july", "--csv").out)))

    assert (rows[0]["user"], rows[0]["outcome"], rows[0]["status"]) == ("ada", "pending", "")
    assert rows[0]["due"].endswith("+00:00")


def test_deliveries_that_wait_show_when_they_are_due(hookline, seed):
    seed.waiting("ada")

    assert hookline("deliveries", "july").out.splitlines()[0].split()[-1] == "due"


def test_no_deliveries_are_told(hookline, seed):
    seed.finished("ada")

    assert hookline("deliveries", "june", "--state", "held").out == "There are none.\n"
