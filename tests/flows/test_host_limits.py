"""What a host takes is shared by all runs that set a limit, whatever process sends them."""

import asyncio
from bisect import bisect_left

import pytest
from sqlalchemy import select

from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import attempts
from flows.send_campaign import send_campaign

USERS = 120


def _exchanges(log_url):
    """Return when each attempt began and ended, in order."""
    with DeliveryLog(url=log_url).open().connect() as connection:
        found = select(attempts.c.started_at, attempts.c.ended_at).order_by(attempts.c.started_at)
        return [(row.started_at, row.ended_at) for row in connection.execute(found)]


def _campaign(write_campaign, receiver, users, **delivery):
    return str(
        write_campaign(
            users="user_id\n" + "".join(f"user-{n}\n" for n in range(users)),
            message={"url": receiver.in_url("crm") + "/{{User ID}}"},
            delivery={"tasks_per": "batch", "batch_size": 50, **delivery},
        )
    )


async def _send_twice(campaign, **options):
    states = await asyncio.gather(
        *(send_campaign(campaign, run_key=key, return_state=True, **options) for key in "ab")
    )
    return [await state.aresult() for state in states]


async def test_two_runs_keep_the_rate_of_a_host_together(
    prefect, write_campaign, receiver, log_url
):
    campaign = _campaign(write_campaign, receiver, USERS, host_rate=80)

    reports = await _send_twice(campaign)

    began = [start for start, _ in _exchanges(log_url)]
    assert [report.delivered for report in reports] == [USERS, USERS]
    # The last one's moment, less what the first may have been late.
    assert began[-1] - began[0] >= (2 * USERS - 1) / 80 - 0.3


async def test_two_runs_have_no_more_in_the_air_to_a_host_than_its_limit(
    prefect, write_campaign, receiver, log_url
):
    receiver.script("crm", ["status=200 delay=0.03"])
    campaign = _campaign(write_campaign, receiver, USERS, host_concurrency=3)

    reports = await _send_twice(campaign)

    exchanges = _exchanges(log_url)
    assert [report.delivered for report in reports] == [USERS, USERS]
    for start, _ in exchanges:
        assert sum(begin <= start < end for begin, end in exchanges) <= 3


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_rate_holds_over_ten_seconds_and_is_used_over_a_minute(
    prefect, write_campaign, receiver, log_url
):
    campaign = _campaign(write_campaign, receiver, 7_000, host_rate=200)

    await _send_twice(campaign, workers=2)

    began = [start for start, _ in _exchanges(log_url)]
    most = max(bisect_left(began, first + 10.0) - n for n, first in enumerate(began))
    assert most <= 1.05 * 200 * 10
    assert bisect_left(began, began[0] + 60.0) >= 0.95 * 200 * 60
    print(f"at most {most} in 10 s of 2,000; {bisect_left(began, began[0] + 60.0)} in 60 s")
