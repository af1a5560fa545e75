"""The report is counted from the rows of the log."""

from blocks.delivery_log import DeliveryLog
from flows.send_campaign import send_campaign
from tasks.report.read import read_failures, read_report


async def test_a_run_that_is_not_there_has_no_report(log_url):
    log = DeliveryLog(url=log_url).open()

    assert read_report(log, run_key="nobody", now=0.0) is None
    assert read_failures(log, run_key="nobody") == []


async def test_failures_are_listed_with_their_reasons(prefect, log_url, receiver, write_campaign):
    receiver.script("crm", ["path=/bob status=410"])
    campaign = write_campaign(
        users="user_id\nada\nbob\n", message={"url": receiver.in_url("crm") + "/{{User ID}}"}
    )

    await send_campaign(str(campaign), run_key="listed", return_state=True)

    assert read_failures(DeliveryLog(url=log_url).open(), run_key="listed") == [
        {"user": "bob", "reason": "HTTP 410", "attempts": 1, "status": 410}
    ]
