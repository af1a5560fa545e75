"""What breaks in a run costs its own batch, and is told."""

import asyncio
import shutil
from pathlib import Path

from blocks.delivery_log import DeliveryLog
from flows.send_campaign import send_campaign
from tasks.log import runs
from tasks.report.read import read_report


async def test_a_batch_that_breaks_costs_the_others_nothing_and_the_run_says_what_broke(
    prefect, log_url, receiver, write_campaign
):
    # The snapshot is read by the thousand; it is taken away before the second thousand is.
    receiver.script("crm", ["status=200 delay=0.005"])
    users = [f"u{number}" for number in range(1200)]
    campaign = write_campaign(
        users="user_id\n" + "\n".join(users) + "\n",
        message={"url": receiver.in_url("crm") + "/{{User ID}}"},
        delivery={"batch_size": 200, "concurrency": 4},
    )
    sending = asyncio.create_task(send_campaign(str(campaign), run_key="b", return_state=True))
    log = DeliveryLog(url=log_url).open()
    while receiver.received("crm") < 10:
        await asyncio.sleep(0.01)
    location = Path(runs.find_run(log, run_key="b").snapshot)
    shutil.move(location, location.with_name("away"))

    state = await sending

    report = read_report(log, run_key="b", now=0.0)
    assert state.is_failed()
    assert "A task broke, FileNotFoundError" in state.message
    assert "To go on: hookline resume b" in state.message
    assert (report.delivered, report.pending, report.in_doubt) == (1000, 200, 0)

    shutil.move(location.with_name("away"), location)
    resumed = await send_campaign(str(campaign), run_key="b", return_state=True)

    assert resumed.is_completed(), resumed.message
    assert read_report(log, run_key="b", now=0.0).delivered == 1200
