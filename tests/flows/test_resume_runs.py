"""Runs whose processes were killed are gone on with, and Prefect learns what became of them."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from blocks.delivery_log import DeliveryLog
from flows.resume_runs import resume_runs
from tasks.log import queries, runs
from tasks.log.orphans import orphans
from tasks.log.records import State
from tasks.report.read import read_report

pytestmark = pytest.mark.timeout(240)

USERS = 60
HOOKLINE = str(Path(sys.executable).with_name("hookline"))


@pytest.fixture
def log(log_url):
    return DeliveryLog(url=log_url).open()


@pytest.fixture
def killed(prefect, log_url, receiver, write_campaign, log):
    """Return a function that sends a campaign and kills the sender once `enough(run)` is so."""
    from prefect.settings import PREFECT_API_URL

    def kill(run_key, enough, script=("status=200 delay=0.2",), **delivery):
        receiver.script("crm", list(script))
        campaign = write_campaign(
            users="user_id\n" + "".join(f"user-{n}\n" for n in range(USERS)),
            message={"url": receiver.in_url("crm") + "/{{User ID}}", "headers": {"X": "${TOKEN}"}},
            delivery={"concurrency": 5, **delivery},
        )
        environ = os.environ | {
            "HOOKLINE_LOG": log_url,
            "PREFECT_API_URL": PREFECT_API_URL.value(),
            "TOKEN": "t",
        }
        sender = subprocess.Popen(
            [HOOKLINE, "send", str(campaign), "--run-key", run_key],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while sender.poll() is None:
            run = runs.find_run(log, run_key=run_key)
            if run is not None and run.planned_at is not None and enough(run):
                sender.send_signal(signal.SIGKILL)
                break
            time.sleep(0.02)
        said = sender.communicate()[1]
        assert sender.returncode == -signal.SIGKILL, said
        return runs.find_run(log, run_key=run_key)

    return kill


async def states_of(flow_run_id):
    """Return the state of a flow run, how often each state occurs in it, and what it says."""
    async with get_client() as client:
        found = await client.read_flow_run(UUID(flow_run_id))
        within = await client.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[found.id]))
        )
    return found.state, Counter(one.state.type.value for one in within)


async def test_a_killed_run_is_finished_and_its_flow_run_crashed(
    killed, log, receiver, monkeypatch
):
    monkeypatch.setenv("TOKEN", "t")
    run = killed("killed", lambda run: run.counts.delivered >= 20)
    flying = len(list(queries.list_deliveries(log, run_id=run.id, state=State.IN_FLIGHT)))
    (orphan,) = orphans(log)

    state = await resume_runs(return_state=True)

    assert state.is_completed()
    assert state.message.startswith("1 of 1 lost runs finished; 1 flow runs were marked")
    report = read_report(log, run_key="killed", now=time.time())
    assert (report.balanced, report.delivered) == (True, USERS)
    users = Counter(one.target.decode().split("/")[-1] for one in receiver.requests("crm"))
    assert len(users) == USERS
    assert sum(users.values()) - USERS <= flying
    found, within = await states_of(orphan.flow_run_id)
    assert found.is_crashed()
    assert f"{orphan.pid} on" in found.message
    assert not within.keys() & {"RUNNING", "PENDING", "SCHEDULED"}
    assert orphans(log) == []


async def test_a_waiting_webhook_keeps_its_due_time_and_its_attempts(killed, log, monkeypatch):
    monkeypatch.setenv("TOKEN", "t")
    run = killed(
        "waiting",
        lambda run: run.counts.attempts >= USERS,
        script=["first=1 status=503", "status=200"],
        retry={"delays": [20.0, 40.0]},
    )
    due = {
        one.user_id: (one.due_at, one.attempts)
        for one in queries.list_deliveries(log, run_id=run.id, state=State.PENDING)
    }
    assert {attempts for _, attempts in due.values()} == {1}

    await resume_runs(return_state=True)

    assert read_report(log, run_key="waiting", now=time.time()).delivered == USERS
    for user, (due_at, _) in due.items():
        first, second = queries.history(log, run_id=run.id, user_id=user).attempts
        assert (first.number, first.status, second.number) == (1, 503, 2)
        assert second.started_at >= due_at


async def test_what_is_in_doubt_is_held_where_the_campaign_says_so(killed, log, monkeypatch):
    monkeypatch.setenv("TOKEN", "t")

    def enough(run):
        flying = queries.list_deliveries(log, run_id=run.id, state=State.IN_FLIGHT)
        return run.counts.delivered >= 10 and len(list(flying)) > 1

    run = killed("held", enough, script=["status=200 delay=0.6"], in_doubt="hold")
    flying = len(list(queries.list_deliveries(log, run_id=run.id, state=State.IN_FLIGHT)))

    await resume_runs(return_state=True)

    report = read_report(log, run_key="held", now=time.time())
    assert flying > 0
    assert (report.balanced, report.held, report.delivered) == (True, flying, USERS - flying)


async def test_what_cannot_be_gone_on_with_is_told_and_stops_no_other(
    killed, log, tmp_path, monkeypatch
):
    first = killed("changed", lambda run: run.counts.delivered >= 10)
    (tmp_path / "welcome.yaml").rename(tmp_path / "other.yaml")
    with log.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET source = 'gone.yaml'")
    killed("secret", lambda run: run.counts.delivered >= 10)
    monkeypatch.delenv("TOKEN", raising=False)

    state = await resume_runs(return_state=True)

    assert state.is_failed()
    secret, changed = state.message.splitlines()[1:]
    assert changed.startswith("changed: ")
    assert "gone.yaml" in changed
    assert secret.startswith("secret: ")
    assert "TOKEN" in secret
    assert runs.find_run(log, run_key=first.run_key).finished_at is None

    monkeypatch.setenv("TOKEN", "t")
    again = await resume_runs(return_state=True)
    assert again.message.startswith("1 of 2 lost runs finished")
    assert runs.find_run(log, run_key="secret").finished_at is not None


async def test_without_its_snapshot_a_run_is_told(killed, log, monkeypatch):
    monkeypatch.setenv("TOKEN", "t")
    run = killed("bare", lambda run: run.counts.delivered >= 10)
    for file in Path(run.snapshot).iterdir():
        file.unlink()

    state = await resume_runs(return_state=True)

    assert f"bare: run_key: the snapshot of 'bare' is not at {run.snapshot}" in state.message


async def test_with_no_lost_run_there_is_nothing_to_do(prefect, log):
    state = await resume_runs(return_state=True)

    assert state.message == "no run is lost"
