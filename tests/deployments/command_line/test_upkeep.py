"""`log info`, `log migrate` and `log prune` look after the log, and nothing else changes."""

import sqlite3
import time
from pathlib import Path

import pytest
import typer

from blocks.delivery_log_tables import SCHEMA_VERSION
from deployments.command_line.age import seconds_of
from tasks.log import reconcile

OLD = Path(__file__).parents[2] / "blocks" / "logs_of_version_1" / "sqlite.sql"


def test_info_tells_database_size_and_contents(hookline, seed, log_url):
    seed.finished("ada", "bob")
    seed.waiting("cleo")

    told = hookline("log", "info", "--json").json
    lines = hookline("log", "info").out

    assert told["log"] == log_url
    assert (told["schema"], told["runs"], told["unfinished"]) == (SCHEMA_VERSION, 2, 1)
    assert (told["deliveries"], told["attempts"], told["pruned"]) == (3, 4, 0)
    assert told["oldest"] == "2023-11-14T22:13:20.000+00:00"
    assert told["size"] > told["bytes_per_delivery"] > 0
    assert "runs         2, 1 unfinished, 0 pruned" in lines


def test_info_makes_no_log(hookline, tmp_path):
    answer = hookline("log", "info")

    assert answer.code == 2
    assert "log: there is none at sqlite:///" in answer.err
    assert not (tmp_path / "log.db").exists()


def test_migrate_makes_a_log_once(hookline):
    assert f"made, schema {SCHEMA_VERSION}" in hookline("log", "migrate").out
    assert f"up to date, schema {SCHEMA_VERSION}" in hookline("log", "migrate").out


def test_migrate_says_from_which_schema_to_which(hookline, tmp_path):
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.executescript(OLD.read_text())
    connection.close()

    assert hookline("log", "migrate", "--json").json == {
        "log": f"sqlite:///{tmp_path}/log.db",
        "before": 1,
        "after": SCHEMA_VERSION,
    }
    assert len(hookline("runs", "--json").json["runs"]) == 2


@pytest.mark.parametrize(("age", "seconds"), [("12h", 43_200), ("90d", 7_776_000), ("1w", 604_800)])
def test_an_age_is_a_number_of_hours_days_or_weeks(age, seconds):
    assert seconds_of(age) == seconds


@pytest.mark.parametrize("age", ["90", "d", "-1d", "1.5d", "90 days", ""])
def test_what_is_no_age_is_refused(age):
    with pytest.raises(typer.BadParameter):
        seconds_of(age)


def test_a_dry_run_tells_what_would_go_and_removes_nothing(hookline, seed):
    run = seed.finished("ada", "bob")

    answer = hookline("log", "prune", "--older-than", "90d", "--dry-run")

    assert "2 recipients and 3 attempts of 1 runs would be removed" in answer.out
    assert reconcile.count_rows(seed.log, run_id=run.id).audience == 2


def test_prune_removes_the_rows_of_what_finished_long_ago(hookline, seed):
    old = seed.finished("ada", "bob", run_key="old")
    _, waiting = seed.waiting("cleo")

    answer = hookline("log", "prune", "--older-than", "90d", "--json")

    assert answer.json["run_keys"] == ["old"]
    assert (answer.json["deliveries"], answer.json["attempts"]) == (2, 3)
    assert reconcile.count_rows(seed.log, run_id=old.id).audience == 0
    assert reconcile.count_rows(seed.log, run_id=waiting.id).audience == 1
    assert "0 recipients" in hookline("log", "prune", "--older-than", "90d").out


def test_what_is_too_young_stays(hookline, seed):
    seed.finished("ada", now=time.time())

    assert hookline("log", "prune", "--older-than", "900w", "--json").json["runs"] == 0


@pytest.fixture
def pruned(hookline, seed):
    seed.finished("ada", "bob")
    before = hookline("report", "june", "--json").json
    hookline("log", "prune", "--older-than", "90d")
    return before


def test_the_report_of_a_pruned_run_is_what_it_was(hookline, pruned):
    assert hookline("report", "june", "--json").json == pruned

    answer = hookline("report", "june")
    assert answer.code == 0
    assert "its recipients were pruned on" in answer.err
    assert "Who failed" not in answer.out


@pytest.mark.parametrize(
    "words", [("why", "june", "ada"), ("deliveries", "june"), ("resend", "june")]
)
def test_what_asks_for_its_recipients_says_that_they_were_pruned(hookline, pruned, words):
    answer = hookline(*words)

    assert answer.code == 2
    assert "run_key: the recipients of 'june' were pruned on" in answer.err
    assert "hookline report june tells their counts" in answer.err


def test_a_pruned_run_is_listed_as_before(hookline, pruned):
    (run,) = hookline("runs", "--json").json["runs"]

    assert (run["state"], run["audience"], run["delivered"], run["failed"]) == ("finished", 2, 1, 1)
    assert hookline("resume", "june").code == 0
