"""A sender that is killed loses nobody, and what it leaves in doubt is flagged and bounded."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from blocks.delivery_log import DeliveryLog
from tasks.log import queries, runs
from tasks.log.records import State
from tasks.report.read import read_report

USERS = 3000
CONCURRENCY = 40


@pytest.fixture
def command(prefect, log_url, receiver, write_campaign):
    """Return the command that sends a campaign to a receiver that takes its time."""
    from prefect.settings import PREFECT_API_URL

    receiver.script("crm", ["first=1 share=0.1 status=503 delay=0.02", "status=200 delay=0.03"])
    campaign = write_campaign(
        users="user_id\n" + "".join(f"user-{n}\n" for n in range(USERS)),
        message={"url": receiver.in_url("crm") + "/{{User ID}}"},
        delivery={"retry": {"delays": [0.5, 1.0]}, "concurrency": CONCURRENCY},
    )
    environ = os.environ | {"HOOKLINE_LOG": log_url, "PREFECT_API_URL": PREFECT_API_URL.value()}
    hookline = Path(sys.executable).with_name("hookline")
    return [str(hookline), "send", str(campaign), "--run-key", "killed"], environ


def _send_until(command, stop) -> int:
    """Run the command; return its exit code, or kill it with -9 as soon as `stop()` is true."""
    arguments, environ = command
    sender = subprocess.Popen(
        arguments, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        while sender.poll() is None and not stop():
            time.sleep(0.005)
        sender.send_signal(signal.SIGKILL)
    finally:
        said = sender.communicate(timeout=60)[1]
    assert sender.returncode in (0, -signal.SIGKILL), said
    return sender.returncode


def _in_doubt(log, run):
    """Return the users whose attempts include one whose answer was lost."""
    return {
        one.user_id
        for one in queries.list_deliveries(log, run_id=run.id)
        for attempt in queries.history(log, run_id=run.id, user_id=one.user_id).attempts
        if attempt.error == "unknown" and attempt.maybe_received
    }


@pytest.mark.timeout(240)
def test_killed_twice_and_started_again_everybody_is_accounted_for(command, receiver, log_url):
    log, doubts = DeliveryLog(url=log_url).open(), set()

    for kill, at in enumerate((300, 1500), start=1):
        assert _send_until(command, lambda at=at: receiver.received("crm") >= at) == -signal.SIGKILL
        run = runs.find_run(log, run_key="killed")
        flying = list(queries.list_deliveries(log, run_id=run.id, state=State.IN_FLIGHT))
        assert len(flying) <= 2 * CONCURRENCY, f"kill {kill}"
        doubted = list(queries.list_deliveries(log, run_id=run.id, state=State.IN_DOUBT))
        told = read_report(log, run_key="killed", now=time.time()).in_doubt
        assert told == len(flying) + len(doubted)
        doubts |= {one.user_id for one in flying}
    assert _send_until(command, lambda: False) == 0

    report = read_report(log, run_key="killed", now=time.time())
    assert report.balanced
    assert report.delivered == USERS
    answers, ids = defaultdict(list), defaultdict(set)
    for request in receiver.requests("crm"):
        user = request.target.decode().split("/")[-1]
        answers[user].append(request.label)
        ids[user].add(request.webhook_id)
    flagged = _in_doubt(log, run)
    taken_twice = {user for user, found in answers.items() if found.count("200") > 1}
    assert len(answers) == USERS
    assert flagged == doubts
    assert taken_twice <= flagged
    assert all(len(found) == 1 for found in ids.values())
