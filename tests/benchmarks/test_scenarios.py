"""Every scenario runs, in tiny, and finds the figures it is listed with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks import report
from benchmarks.run import run
from benchmarks.scenarios import chosen
from benchmarks.sizes import TINY

ROOT = Path(__file__).parents[2]
# Peers with processes of their own, and commands that start Prefect anew, take their time.
SLOW = [
    "celery_tasks",
    "first_webhook",
    "million",
    "prefect_tasks",
    "retry_wave",
    "task_per_user",
    "two_processes",
]
QUICK = ["history", "one_process"]


@pytest.fixture
def measured(prefect, tmp_path):
    from prefect.settings import PREFECT_API_URL

    def measure(names):
        said = []
        results = run(
            chosen(names),
            sizes=TINY,
            folder=tmp_path / "work",
            say=said.append,
            api_url=PREFECT_API_URL.value(),
        )
        assert results["went_wrong"] == {}, said
        return results

    return measure


@pytest.mark.parametrize(
    "names", [QUICK, *(pytest.param([name], marks=pytest.mark.long) for name in SLOW)]
)
@pytest.mark.timeout(300)
def test_a_scenario_finds_its_figures(measured, tmp_path, names):
    results = measured(names)

    listed = {figure for one in chosen(names) for figure in one.figures}
    assert listed <= set(results["figures"]) <= set(report.KNOWN)
    assert all(value > 0 for value in results["figures"].values())
    assert set(results["details"]) == set(names)
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("one", [one for one in chosen([]) if not one.staged and one.is_there])
@pytest.mark.long
def test_a_part_alone_finds_its_figures(one):
    figures = one.run(None, quick=True).figures

    assert set(one.figures) <= set(figures)


@pytest.mark.long
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_leaves_no_process_behind(tmp_path, ended_by):
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "celery_tasks"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as measuring:
        while not measuring.stdout.readline().startswith("celery_tasks"):
            assert measuring.poll() is None
        family = psutil.Process(measuring.pid).children(recursive=True)
        measuring.send_signal(ended_by)
        _, told = measuring.communicate(timeout=60)

    assert measuring.returncode == 1
    assert told == "stopped: all processes are ended, nothing is written\n"
    assert len(family) >= 2
    assert not [one for one in family if one.is_running() and one.status() != "zombie"]
    assert not list((tmp_path / ".hookline" / "benchmarks").iterdir())
