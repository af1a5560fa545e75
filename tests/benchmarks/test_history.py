"""Old runs are copies of a real one, with numbers of their own."""

import sqlalchemy as sa

from benchmarks.history import multiply
from blocks.delivery_log import DeliveryLog
from blocks.delivery_log_tables import attempts, deliveries, runs
from flows.send_campaign import send_campaign
from tasks.report.read import read_report


async def test_each_copy_is_a_run_that_balances(
    prefect, log_url, receiver, write_campaign, tmp_path
):
    users = "".join(f"u{number}\n" for number in range(5))
    campaign = write_campaign(users=f"user_id\n{users}", message={"url": receiver.in_url("old")})
    await send_campaign(str(campaign), run_key="first")

    counted = multiply(tmp_path / "log.db", times=4)

    log = DeliveryLog(url=log_url).open()
    with log.connect() as connection:
        keys = list(connection.scalars(sa.select(runs.c.run_key).order_by(runs.c.id)))
        orphans = connection.scalar(
            sa.select(sa.func.count())
            .select_from(attempts.outerjoin(deliveries, attempts.c.delivery_id == deliveries.c.id))
            .where(deliveries.c.id.is_(None))
        )
    reports = [read_report(log, run_key=key, now=0.0) for key in keys]
    assert keys == ["first", "first-1", "first-2", "first-3"]
    assert (counted, orphans) == (20, 0)
    assert [(one.delivered, one.attempts, one.balanced) for one in reports] == [(5, 5, True)] * 4
