"""The demo, run as its users run it: balanced, proven, tidy, and stopped by Ctrl-C."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import ExitStack, closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from blocks.campaign_file import load_campaign
from deployments.demo import CAMPAIGN, _Demo

DEMO = "from deployments.demo import run_demo; raise SystemExit(run_demo())"


@pytest.mark.timeout(240)
def test_the_demo_ends_balanced_and_leaves_a_run_to_look_at(run_in, tmp_path: Path) -> None:
    with run_in(tmp_path, DEMO) as running:
        assert running.end(200) == 0

    told = "".join(running.printed)
    assert "189   balanced: everyone is accounted for" in told
    assert "5  failed: HTTP 404" in told
    assert "one for each attempt in the log" in told
    assert told.count("  POST /in/crm/customers/u") == 3
    assert "authorization: Basic ***" in told
    # Only the command that sends again has it; nothing of ours may print a traceback.
    assert told.count("demo ") == told.count("CRM_PASSWORD=demo ") == 1
    assert "Traceback" not in told
    assert {path.name for path in tmp_path.iterdir()} == {".hookline", "home"}
    assert _task_runs(tmp_path, flow_run=_flow_run(told)) == {
        ("render", "COMPLETED"): 189,
        ("send", "COMPLETED"): 184,
        ("send", "FAILED"): 5,
    }


@pytest.mark.timeout(240)
def test_ctrl_c_ends_it_with_everything_it_started(run_in, tmp_path: Path) -> None:
    with run_in(tmp_path, DEMO) as running:
        running.read_until("A receiver: ")
        running.process.send_signal(signal.SIGINT)

        assert running.end() == 1

    assert "".join(running.printed).rstrip().endswith("Stopped.")


def test_the_shortened_delays_are_in_its_campaign_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = StringIO()
    written = _Demo(tmp_path, Console(file=printed), ExitStack())._write_files()

    shortened, documented = load_campaign(written), load_campaign(CAMPAIGN)
    assert list(shortened.delivery.retry.delays) == [1, 2, 4, 8, 16]
    assert shortened.message == documented.message
    assert shortened.segment == documented.segment
    assert shortened.users.source == str(tmp_path / "demo" / "users.csv")
    assert "[1, 2, 4, 8, 16]" in printed.getvalue()
    assert "[60, 120, 240, 480, 960]" in printed.getvalue()


def _flow_run(told: str) -> str:
    found = re.search(r"/runs/flow-run/([0-9a-f-]{36})", told)
    assert found
    return found[1]


def _task_runs(folder: Path, *, flow_run: str) -> dict[tuple[str, str], int]:
    """Count what Prefect's own database has of the run's task runs, by task and state."""
    with closing(sqlite3.connect(folder / ".hookline" / "prefect" / "prefect.db")) as database:
        rows = database.execute(
            "select substr(name, 1, instr(name, '-u') - 1), state_type, count(*) from task_run"
            " where flow_run_id = ? and name like '%-u%' group by 1, 2",
            [flow_run],
        ).fetchall()
    return {(task, state): count for task, state, count in rows}
