"""Each webhook keeps its own schedule, whatever the others of its batch do."""

import time
from collections import defaultdict

import pytest

from blocks.delivery_log import DeliveryLog
from flows.send_campaign import send_campaign
from tasks.log import queries, runs
from tasks.log.records import State

DELAYS = [0.6, 1.2, 2.4]
TIMEOUT = 1.5
ASKED = 2  # seconds in Retry-After

RETRIED = ["408", "409", "429", "500", "503", "599", "close"]
FINAL = ["400", "404", "301"]


def _faults(kinds):
    return [
        f"path=/{kind}- " + ("close" if kind == "close" else f"status={kind}") for kind in kinds
    ]


async def _send(write_campaign, receiver, users, *, tasks_per, log_url):
    campaign = write_campaign(
        users="user_id\n" + "\n".join(users) + "\n",
        message={"url": receiver.in_url("crm") + "/{{User ID}}"},
        delivery={
            "retry": {"delays": DELAYS},
            "timeout": TIMEOUT,
            "tasks_per": tasks_per,
            "batch_size": 500,
            "concurrency": 20,
        },
    )
    state = await send_campaign(str(campaign), run_key="schedule", return_state=True)
    log = DeliveryLog(url=log_url).open()
    run = runs.find_run(log, run_key="schedule")
    found = {
        one.user_id: queries.history(log, run_id=run.id, user_id=one.user_id)
        for one in queries.list_deliveries(log, run_id=run.id)
    }
    return state, found


def _check_gaps(history, *, asked=0.0):
    """Check every gap against its own due time: at most 1 s and 5 % late, never early."""
    attempts = history.attempts
    for earlier, later, delay in zip(attempts, attempts[1:], DELAYS, strict=False):
        wait = max(delay, asked)
        gap = later.started_at - earlier.ended_at
        assert wait - 0.005 <= gap <= wait * 1.05 + 1.0, (history.delivery.user_id, gap, wait)


def _check_received(receiver, found):
    """Check that the receiver saw each attempt that the log has, with one id a delivery."""
    received = defaultdict(list)
    for request in receiver.requests("crm"):
        received[request.target.decode().split("/")[-1]].append(request)
    assert {user: len(history.attempts) for user, history in found.items()} == {
        user: len(requests) for user, requests in received.items()
    }
    assert all(len({r.webhook_id for r in requests}) == 1 for requests in received.values())


@pytest.mark.parametrize("tasks_per", ["user", "batch"])
async def test_the_documented_codes_are_tried_to_the_end_and_the_others_once(
    prefect, log_url, receiver, write_campaign, tasks_per
):
    receiver.script("crm", _faults([*RETRIED, *FINAL]))
    users = [f"{kind}-{tasks_per}" for kind in [*RETRIED, *FINAL, "200"]]

    state, found = await _send(
        write_campaign, receiver, users, tasks_per=tasks_per, log_url=log_url
    )

    attempts = {user.split("-")[0]: len(history.attempts) for user, history in found.items()}
    assert attempts == dict.fromkeys(RETRIED, 4) | dict.fromkeys(FINAL, 1) | {"200": 1}
    for history in found.values():
        _check_gaps(history)
    _check_received(receiver, found)
    assert state.is_completed()


async def test_in_a_batch_of_500_each_webhook_keeps_its_own_due_time(
    prefect, log_url, receiver, write_campaign
):
    receiver.script(
        "crm",
        [
            "path=/hanging- hang",
            f"path=/asking- status=429 retry_after={ASKED} first=2",
            *_faults(FINAL),
            *(f"{fault} first=2" for fault in _faults(RETRIED)),
        ],
    )
    kinds = [*RETRIED, *FINAL]
    users = [f"{kinds[n % len(kinds)]}-{n}" for n in range(100)]
    users += ["hanging-1", "asking-1", *(f"fine-{n}" for n in range(398))]
    began = time.time()

    state, found = await _send(write_campaign, receiver, users, tasks_per="batch", log_url=log_url)

    states = {user: history.delivery.state for user, history in found.items()}
    assert len(found) == 500
    assert sum(one is State.FAILED for one in states.values()) == 31
    assert states["hanging-1"] is State.FAILED
    assert all(attempt.maybe_received for attempt in found["hanging-1"].attempts)
    _check_gaps(found.pop("asking-1"), asked=ASKED)
    for history in found.values():
        _check_gaps(history)
    hanging = found.pop("hanging-1")
    others = max(a.ended_at for history in found.values() for a in history.attempts)
    assert others < hanging.attempts[-1].started_at, "the hanging one held up the others"
    assert state.is_completed()
    assert others > began
