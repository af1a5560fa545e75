"""Going on: a run that was stopped is resumed, and only those who failed get it again."""

import asyncio
import os
import signal

from blocks.delivery_log import DeliveryLog
from flows.resend_failed import resend_failed
from flows.send_campaign import send_campaign
from tasks.log import queries, runs
from tasks.log.records import State
from tasks.report.read import read_report

USERS = "user_id\n" + "".join(f"user-{n}\n" for n in range(60))


async def test_a_run_that_was_stopped_goes_on_under_its_key(
    prefect, log_url, receiver, write_campaign
):
    receiver.script("crm", ["status=200 delay=0.05"])
    campaign = write_campaign(
        users=USERS,
        message={"url": receiver.in_url("crm")},
        delivery={"concurrency": 2, "tasks_per": "batch", "batch_size": 20},
    )
    sending = asyncio.create_task(
        send_campaign(str(campaign), run_key="stopped", return_state=True)
    )
    while receiver.received("crm") < 10:
        await asyncio.sleep(0.01)

    os.kill(os.getpid(), signal.SIGINT)
    stopped = await sending

    log = DeliveryLog(url=log_url).open()
    report = read_report(log, run_key="stopped", now=0.0)
    assert stopped.is_failed()
    assert "hookline resume stopped" in stopped.message
    assert 10 <= report.delivered < 60
    assert report.in_doubt == 0

    resumed = await send_campaign(str(campaign), run_key="stopped", return_state=True)

    assert resumed.is_completed()
    assert receiver.received("crm") == 60
    assert read_report(log, run_key="stopped", now=0.0).delivered == 60


async def test_who_stops_waits_for_a_slow_receiver_once_and_asks_it_nothing_more(
    prefect, log_url, receiver, write_campaign
):
    receiver.script("crm", ["status=200 delay=1"])
    campaign = write_campaign(
        users=USERS,
        message={"url": receiver.in_url("crm")},
        delivery={"concurrency": 10, "tasks_per": "batch"},
    )
    sending = asyncio.create_task(send_campaign(str(campaign), run_key="slow", return_state=True))
    while receiver.received("crm") < 10:
        await asyncio.sleep(0.01)

    os.kill(os.getpid(), signal.SIGINT)
    await sending

    report = read_report(DeliveryLog(url=log_url).open(), run_key="slow", now=0.0)
    assert receiver.received("crm") == report.delivered == report.attempts == 10
    assert (report.pending, report.in_doubt) == (50, 0)


async def test_only_those_who_failed_get_it_again_and_with_the_same_id(
    prefect, log_url, receiver, write_campaign
):
    receiver.script("crm", ["first=1 path=/bob status=404"])
    campaign = write_campaign(
        users="user_id\nada\nbob\n", message={"url": receiver.in_url("crm") + "/{{User ID}}"}
    )
    await send_campaign(str(campaign), run_key="again", return_state=True)

    state = await resend_failed("again", return_state=True)

    log = DeliveryLog(url=log_url).open()
    run = runs.find_run(log, run_key="again")
    history = queries.history(log, run_id=run.id, user_id="bob")
    requests = [one for one in receiver.requests("crm") if one.target.endswith(b"/bob")]
    assert state.is_completed()
    assert history.delivery.state is State.DELIVERED
    assert [attempt.status for attempt in history.attempts] == [404, 200]
    assert len({one.webhook_id for one in requests}) == 1
    assert receiver.received("crm") == 3


async def test_the_same_campaign_is_not_started_twice_by_accident(
    prefect, log_url, receiver, write_campaign
):
    receiver.script("crm", ["first=1 status=503"])
    campaign = write_campaign(
        users="user_id\nada\n",
        message={"url": receiver.in_url("crm")},
        delivery={"retry": {"delays": [30]}, "tasks_per": "batch"},
    )
    sending = asyncio.create_task(send_campaign(str(campaign), run_key="one", return_state=True))
    while receiver.received("crm") < 1:
        await asyncio.sleep(0.01)

    second = await send_campaign(str(campaign), return_state=True)
    os.kill(os.getpid(), signal.SIGINT)
    await sending

    assert second.is_failed()
    assert "the campaign 'Welcome' has an unfinished run one" in second.message
    assert receiver.received("crm") == 1
