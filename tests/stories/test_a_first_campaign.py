"""A first campaign: a user table in, personalised webhooks out, everybody accounted for."""

import json

from blocks.delivery_log import DeliveryLog
from flows.send_campaign import send_campaign
from tasks.log import queries, runs
from tasks.report.read import read_report

USERS = """\
user_id,first_name,plan,months
ada,Ada,free,3
bob,,free,1
cleo,Cleo,pro,30
dan,Dan,free,2
"""


async def test_everybody_in_the_segment_gets_a_webhook_of_their_own(
    prefect, log_url, receiver, write_campaign
):
    campaign = write_campaign(
        users=USERS,
        segment={"all": [{"attribute": "plan", "operator": "is", "value": "free"}]},
        message={
            "url": receiver.in_url("crm") + "/{{User ID}}",
            "data": {"first_name": "{{ userAttribute.first_name | default('there') }}"},
        },
    )

    state = await send_campaign(str(campaign), run_key="first", return_state=True)

    received = {
        r.target.decode().split("/")[-1]: json.loads(r.body) for r in receiver.requests("crm")
    }
    assert received == {
        "ada": {"first_name": "Ada"},
        "bob": {"first_name": "there"},
        "dan": {"first_name": "Dan"},
    }
    assert state.is_completed()
    assert state.message == "3 in the audience: 3 delivered, 0 failed; balanced"


async def test_who_cannot_get_one_is_told_with_the_reason(
    prefect, log_url, receiver, write_campaign
):
    receiver.script("crm", ["path=/dan status=404"])
    campaign = write_campaign(
        users=USERS,
        message={
            "url": receiver.in_url("crm") + "/{{User ID}}",
            "data": {"first_name": "{{ userAttribute.first_name }}"},
        },
    )

    await send_campaign(str(campaign), run_key="told", return_state=True)

    report = read_report(DeliveryLog(url=log_url).open(), run_key="told", now=0.0)
    assert (report.delivered, report.failed, report.suppressed) == (2, 1, 1)
    assert report.reasons == {
        "failed: HTTP 404": 1,
        "suppressed: data.first_name: userAttribute.first_name is missing": 1,
    }
    assert report.balanced


async def test_the_report_tells_how_the_audience_came_to_be(
    prefect, log_url, receiver, write_campaign
):
    campaign = write_campaign(
        users=USERS,
        segment={
            "all": [{"attribute": "first_name", "operator": "is set"}],
            "none": [{"criterion": "user id", "operator": "is", "value": "dan"}],
        },
        message={"url": receiver.in_url("crm") + "/{{User ID}}"},
    )

    await send_campaign(str(campaign), run_key="chosen", return_state=True)

    report = read_report(DeliveryLog(url=log_url).open(), run_key="chosen", now=0.0)
    assert report is not None
    assert report.funnel is not None
    steps = [(one["words"], one["removed"], one["left"]) for one in report.funnel["steps"]]
    assert steps == [("first_name is set", 1, 3), ("not: user id is dan", 1, 2)]
    assert (report.funnel["rows"], report.funnel["selected"]) == (4, 2)


async def test_a_receiver_that_is_busy_is_asked_again(prefect, log_url, receiver, write_campaign):
    receiver.script("crm", ["first=2 status=503"])
    campaign = write_campaign(
        users="user_id\nada\n",
        message={"url": receiver.in_url("crm")},
        delivery={"retry": {"delays": [0.2, 0.4]}},
    )

    await send_campaign(str(campaign), run_key="busy", return_state=True)

    log = DeliveryLog(url=log_url).open()
    run = runs.find_run(log, run_key="busy")
    history = queries.history(log, run_id=run.id, user_id="ada")
    assert [attempt.status for attempt in history.attempts] == [503, 503, 200]
    assert len({request.webhook_id for request in receiver.requests("crm")}) == 1


async def test_sending_again_under_the_same_key_sends_nothing_twice(
    prefect, log_url, receiver, write_campaign
):
    campaign = write_campaign(users=USERS, message={"url": receiver.in_url("crm")})

    await send_campaign(str(campaign), run_key="once", return_state=True)
    again = await send_campaign(str(campaign), run_key="once", return_state=True)

    assert again.is_completed()
    assert receiver.received("crm") == 4
