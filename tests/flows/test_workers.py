"""Several processes send one run: each user once, and one that is killed loses nobody."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import select

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import attempts
from flows.send_campaign import send_campaign
from tasks.log import queries, runs
from tasks.log.records import State
from tests.crash.process import workers_of

USERS = 3000


@pytest.fixture
def campaign(prefect, log_url, receiver, write_campaign, monkeypatch):
    """Return a campaign whose receiver takes its time, so that the second process gets a share."""
    from prefect.settings import PREFECT_API_URL

    monkeypatch.setenv("PREFECT_API_URL", PREFECT_API_URL.value())
    receiver.script("crm", ["status=200 delay=0.2"])
    return str(
        write_campaign(
            users="user_id\n" + "".join(f"user-{n}\n" for n in range(USERS)),
            message={"url": receiver.in_url("crm") + "/{{User ID}}"},
            delivery={"concurrency": 20, "batch_size": 50},
        )
    )


def _made(log_url, run_key):
    """Return the attempts of a run by the process that made them."""
    log = DeliveryLog(url=log_url).open()
    run = runs.find_run(log, run_key=run_key)
    with log.connect() as connection:
        found = connection.scalars(select(attempts.c.owner_id).where(attempts.c.run_id == run.id))
        return Counter(found)


@pytest.mark.timeout(240)
async def test_two_processes_share_a_run_and_nobody_is_sent_to_twice(campaign, receiver, log_url):
    state = await send_campaign(campaign, run_key="shared", workers=2, return_state=True)

    report: Any = await state.aresult()
    assert (report.balanced, report.delivered, report.attempts) == (True, USERS, USERS)
    assert receiver.received("crm") == USERS
    assert len(_made(log_url, "shared")) == 2


@pytest.mark.timeout(240)
async def test_a_worker_that_is_killed_leaves_its_work_to_the_others(campaign, receiver, log_url):
    sending = asyncio.create_task(
        send_campaign(campaign, run_key="bereft", workers=2, return_state=True)
    )
    while not sending.done() and len(_made(log_url, "bereft") if _planned(log_url) else ()) < 2:
        await asyncio.sleep(0.1)
    workers = workers_of(os.getpid())
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)

    report: Any = await (await sending).aresult()

    users = Counter(one.target.decode().split("/")[-1] for one in receiver.requests("crm"))
    assert report.balanced
    assert report.delivered == USERS
    assert len(users) == USERS
    assert sum(users.values()) - USERS <= 2 * 20


def _planned(log_url):
    return runs.find_run(DeliveryLog(url=log_url).open(), run_key="bereft") is not None


@pytest.mark.timeout(240)
def test_ctrl_c_stops_every_process_and_what_was_in_the_air_is_settled(campaign, log_url):
    hookline = str(Path(sys.executable).with_name("hookline"))
    command = [hookline, "send", campaign, "--run-key", "stopped", "--workers", "2"]
    sender = subprocess.Popen(
        # A group of its own, as a terminal gives one to each command.
        command,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = DeliveryLog(url=log_url).open()
    while sender.poll() is None:
        if runs.find_run(log, run_key="stopped") and len(_made(log_url, "stopped")) == 2:
            os.killpg(sender.pid, signal.SIGINT)
            break
        time.sleep(0.1)
    said = sender.communicate(timeout=100)[1]

    run = runs.find_run(log, run_key="stopped")
    flying = list(queries.list_deliveries(log, run_id=run.id, state=State.IN_FLIGHT))
    assert sender.returncode == 1, said
    assert "Traceback" not in said
    assert 0 < run.counts.delivered < USERS
    assert flying == []
    assert not psutil.pid_exists(sender.pid)


@pytest.mark.timeout(240)
async def test_a_cluster_that_cannot_be_reached_costs_nobody_their_webhook(
    campaign, receiver, postgresql, monkeypatch, caplog
):
    monkeypatch.setenv("HOOKLINE_LOG", postgresql())

    state = await send_campaign(
        campaign, run_key="far", workers=2, cluster="tcp://127.0.0.1:1", return_state=True
    )

    report: Any = await state.aresult()
    assert (report.balanced, report.delivered) == (True, USERS)
    assert "The other processes could not send" in caplog.text


async def test_a_cluster_wants_a_log_that_its_machines_can_reach(campaign):
    state = await send_campaign(
        campaign, run_key="far", workers=2, cluster="tcp://127.0.0.1:1", return_state=True
    )

    assert state.is_failed()
    assert "need a log in PostgreSQL" in state.message
