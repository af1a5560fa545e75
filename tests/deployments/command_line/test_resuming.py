"""`resume --all` goes on with what died, and tells what it leaves alone."""

import os

import pytest

from tasks.log import owners
from tasks.log.owners import Process, this_process


def die(seed, run, **given):
    """Enter a sender of a run whose pid has been given to another process since."""
    gone = Process(host=this_process().host, pid=os.getpid(), start=-1.0)
    owners.register(seed.log, process=gone, run_id=run.id, **given)


def test_without_a_log_no_run_is_lost(hookline, tmp_path):
    answer = hookline("resume", "--all")

    assert (answer.code, answer.out) == (0, "no run is lost\n")
    assert not (tmp_path / "log.db").exists()


def test_a_run_that_was_stopped_is_named_and_left_alone(hookline, seed):
    seed.run("ada", run_key="stopped")
    seed.waiting("bob", run_key="sending")
    seed.finished("cleo", run_key="finished")

    answer = hookline("resume", "--all", "--json")

    assert answer.code == 0
    assert answer.json == {"resumed": []}
    assert answer.err.splitlines() == ["run stopped was stopped: hookline resume stopped"]


@pytest.mark.parametrize("words", [[], ["june", "--all"], ["--all", "--workers", "2"]])
def test_either_one_run_is_named_or_all_are_meant(hookline, words):
    assert hookline("resume", *words).code == 2


def test_a_lost_run_is_gone_on_with_or_told(hookline, seed, prefect, monkeypatch):
    from prefect.settings import PREFECT_API_URL

    monkeypatch.setenv("PREFECT_API_URL", PREFECT_API_URL.value())
    die(seed, seed.run("ada", run_key="lost", source="gone.yaml"))

    answer = hookline("resume", "--all", "--json")

    assert answer.code == 1
    (one,) = answer.json["resumed"]
    assert (one["run_key"], one["finished"]) == ("lost", False)
    assert "gone.yaml" in one["told"]
