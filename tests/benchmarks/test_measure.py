"""Processes are watched with their children, started and ended as families."""

import itertools
import subprocess
import sys

import psutil
import pytest

from benchmarks.child import ChildFailed, running
from benchmarks.measure import interleaved, own_peak_mb, wait_until_idle, watched

ANSWERING = """
import json, subprocess, sys
for line in sys.stdin:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    kept = bytearray(50_000_000)
    print(json.dumps({"child": child.pid}), flush=True)
"""
BUSY = "print('{}', flush=True); sum(range(5_000_000)); print('{}', flush=True); input()"


def command(code):
    return [sys.executable, "-c", code]


def test_contenders_take_turns():
    turns = itertools.count()

    results = interleaved(
        {"ours": lambda: next(turns), "theirs": lambda: next(turns)}, repetitions=2
    )

    assert results == {"ours": [0, 2], "theirs": [1, 3]}


def test_a_process_is_watched_with_its_children(tmp_path):
    with (
        running(command(ANSWERING), folder=tmp_path, name="parent") as parent,
        watched({"parent": parent.pid}) as usage,
    ):
        parent.ask(make="a child")

    assert set(usage.peak_mb) == {"parent", "parent 1"}
    assert usage.peak_mb["parent"] > 50
    assert usage.together_mb == pytest.approx(sum(usage.peak_mb.values()), rel=0.3)


def test_cpu_is_counted_from_the_beginning_of_the_watch(tmp_path):
    with running(command(BUSY), folder=tmp_path, name="busy") as busy:
        busy.answer()
        with watched({"busy": busy.pid}) as during:
            busy.answer()
        with watched({"busy": busy.pid}) as after:
            pass

    assert during.cpu_s["busy"] > 0
    assert after.cpu_s["busy"] == 0


def test_a_process_is_waited_for_until_it_is_idle(tmp_path):
    with running(command(BUSY), folder=tmp_path, name="busy") as busy:
        busy.answer()
        wait_until_idle(busy.pid)
        with watched({"busy": busy.pid}) as after:
            busy.answer()

    assert after.cpu_s["busy"] == 0


def test_the_own_peak_of_a_process_is_not_that_of_its_parent():
    kept = bytearray(300_000_000)
    code = "from benchmarks.measure import own_peak_mb; print(own_peak_mb())"

    child = subprocess.run(command(code), check=True, capture_output=True, text=True)

    assert own_peak_mb() > len(kept) / 1_000_000 > float(child.stdout)


def test_whoever_leaves_ends_the_whole_family(tmp_path):
    with running(command(ANSWERING), folder=tmp_path, name="parent") as parent:
        grandchild = psutil.Process(parent.ask(make="a child")["child"])
        assert grandchild.is_running()

    assert not psutil.pid_exists(parent.pid)
    assert not grandchild.is_running()


def test_a_child_that_breaks_is_told_with_what_it_printed(tmp_path):
    with (
        running(command("raise SystemExit('no disk')"), folder=tmp_path, name="sink") as child,
        pytest.raises(ChildFailed, match="sink ended without an answer:\n  no disk"),
    ):
        child.ask(do="something")


def test_settings_for_prefect_and_hookline_are_not_handed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOKLINE_LOG", "sqlite:///mine.db")
    code = "import json, os; print(json.dumps(sorted(os.environ)))"

    with running(command(code), folder=tmp_path, name="child", environ={"PREFECT_X": "1"}) as child:
        names = child.answer()

    assert "HOOKLINE_LOG" not in names
    assert "PREFECT_X" in names
