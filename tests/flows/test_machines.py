"""Senders on other machines, as docs/machines.md starts them: a scheduler and workers apart."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import attempts
from flows.send_campaign import send_campaign
from tasks.log import runs
from tasks.report.read import read_report

pytestmark = pytest.mark.timeout(300)

DASK = str(Path(sys.executable).with_name("dask"))
USERS = 3000
CONCURRENCY = 20


def _started(stack: ExitStack, folder: Path, *words: str, **variables: str) -> psutil.Process:
    """Start a command of Dask in a folder of its own; it and its children end with the stack."""
    folder.mkdir()
    environ = {name: value for name, value in os.environ.items() if "HOOKLINE" not in name}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [DASK, *words], cwd=folder, env=environ | variables, stdout=said, stderr=said
        )
    stack.callback(process.wait)
    stack.callback(_end, psutil.Process(process.pid))
    return psutil.Process(process.pid)


def _end(process: psutil.Process) -> None:
    if process.is_running():
        for one in [*process.children(recursive=True), process]:
            one.kill()


@pytest.fixture
def cluster(tmp_path):
    """Yield the address of a scheduler with two workers, and the two."""
    file = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        here = ("--host", "127.0.0.1", "--no-dashboard")
        _started(
            stack, tmp_path / "a", "scheduler", *here, "--port", "0", "--scheduler-file", str(file)
        )
        while not file.exists() or not file.read_text():
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        workers = [
            _started(
                stack, tmp_path / name, "worker", address, *here, "--nthreads", "1", TOKEN="theirs"
            )
            for name in ("b", "c")
        ]
        while sum(_registered(tmp_path / name) for name in ("b", "c")) < 2:
            time.sleep(0.1)
        yield address, workers


def _registered(folder: Path) -> bool:
    return "Registered to" in (folder / "said").read_text()


@pytest.fixture
def campaign(prefect, receiver, write_campaign, postgresql, tmp_path, monkeypatch):
    """Return a campaign with a secret; the log and the snapshots are where all reach them."""
    from prefect.settings import PREFECT_API_URL

    monkeypatch.setenv("PREFECT_API_URL", PREFECT_API_URL.value())
    monkeypatch.setenv("HOOKLINE_LOG", postgresql())
    monkeypatch.setenv("HOOKLINE_SNAPSHOTS", str(tmp_path / "shared"))
    monkeypatch.setenv("TOKEN", "ours")
    receiver.script("crm", ["status=200 delay=0.3"])
    return str(
        write_campaign(
            users="user_id\n" + "".join(f"user-{n}\n" for n in range(USERS)),
            message={"url": receiver.in_url("crm") + "/{{User ID}}", "headers": {"X": "${TOKEN}"}},
            delivery={"concurrency": CONCURRENCY, "batch_size": 50},
        )
    )


def _log():
    return DeliveryLog(url=os.environ["HOOKLINE_LOG"]).open()


def _made():
    """Return how many attempts each sender made."""
    with _log().connect() as connection:
        found = select(attempts.c.owner_id, func.count()).group_by(attempts.c.owner_id)
        return {row[0]: row[1] for row in connection.execute(found)}


def _sent_to(receiver):
    return Counter(one.target.decode().split("/")[-1] for one in receiver.requests("crm"))


async def test_every_worker_of_a_cluster_sends_and_nobody_is_sent_to_twice(
    campaign, cluster, receiver, tmp_path
):
    address, _ = cluster

    state = await send_campaign(campaign, run_key="far", cluster=address, return_state=True)

    report: Any = await state.aresult()
    assert (report.balanced, report.delivered, report.attempts) == (True, USERS, USERS)
    assert set(_sent_to(receiver).values()) == {1}
    assert len(_made()) == 3
    tokens = {dict(one.headers)["x"] for one in receiver.requests("crm")}
    assert tokens == {"ours", "theirs"}
    assert str(runs.find_run(_log(), run_key="far").snapshot).startswith(str(tmp_path / "shared"))


async def test_a_worker_that_dies_leaves_its_part_to_the_others(campaign, cluster, receiver):
    address, workers = cluster
    sending = asyncio.create_task(
        send_campaign(campaign, run_key="bereft", cluster=address, return_state=True)
    )
    while not sending.done() and len(_made()) < 3:
        await asyncio.sleep(0.1)
    for one in [workers[0], *workers[0].children(recursive=True)]:
        one.send_signal(signal.SIGKILL)

    await sending

    report = read_report(_log(), run_key="bereft", now=time.time())
    users = _sent_to(receiver)
    assert (report.balanced, report.delivered) == (True, USERS)
    assert len(users) == USERS
    assert sum(users.values()) - USERS <= 2 * CONCURRENCY
