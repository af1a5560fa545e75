"""A host that hangs does not hold up the recipients of another."""

import pytest

from blocks.delivery_log import DeliveryLog
from deployments.request_bin.server import running_bin
from flows.send_campaign import send_campaign
from tasks.report.read import read_report

TIMEOUT = 4.0


@pytest.mark.parametrize("tasks_per", ["batch", "user"])
async def test_recipients_of_a_healthy_host_do_not_wait_for_a_hanging_one(
    prefect, log_url, receiver, write_campaign, tasks_per
):
    with running_bin(faults=["hang"]) as hanging:
        hosts = [hanging.in_url("crm"), receiver.in_url("crm")]
        rows = "".join(f"user-{n},{hosts[n % 2].removeprefix('http://')}\n" for n in range(40))
        campaign = write_campaign(
            users=f"user_id,receiver\n{rows}",
            message={"url": "http://{{ userAttribute.receiver }}"},
            delivery={
                "concurrency": 10,
                "timeout": TIMEOUT,
                "retry": {"delays": []},
                "tasks_per": tasks_per,
                "batch_size": 10,
            },
        )

        state = await send_campaign(str(campaign), run_key="hosts", return_state=True)

        report = read_report(DeliveryLog(url=log_url).open(), run_key="hosts", now=0.0)
        first_hanging = min(request.at for request in hanging.requests("crm"))
        last_healthy = max(request.at for request in receiver.requests("crm"))
        assert state.is_completed()
        assert (report.delivered, report.failed) == (20, 20)
        assert report.reasons == {"failed: read timeout, 1 attempts": 20}
        assert last_healthy - first_hanging < TIMEOUT, "the healthy host waited for time-outs"
