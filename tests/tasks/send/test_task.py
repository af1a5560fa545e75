"""What Prefect is told about tasks that are tried again."""

import contextvars
import inspect
import pickle

from prefect import task
from prefect.states import Failed

from blocks.delivery import RetryPolicy
from tasks.send.task import DueDelays, StillOwed, send_with, still_owed


def test_the_documented_delays_are_those_of_the_task():
    send = send_with(RetryPolicy(), batch_size=1)

    assert send.retries == 5
    assert list(send.retry_delay_seconds) == [60, 120, 240, 480, 960]


def test_a_batch_may_be_woken_for_each_retry_of_each_of_its_webhooks():
    assert send_with(RetryPolicy(), batch_size=500).retries == 2500


def test_without_delays_only_what_was_owed_before_a_stop_is_waited_for():
    assert send_with(RetryPolicy(delays=[]), batch_size=1).retries == 1


def test_the_condition_is_a_plain_function_for_prefect_never_calls_anything_else():
    assert inspect.isfunction(send_with(RetryPolicy(), batch_size=1).retry_condition_fn)


def test_only_what_is_still_owed_is_tried_again():
    assert still_owed(None, None, Failed(data=StillOwed(3.0)))
    assert not still_owed(None, None, Failed(data=ValueError("a bug")))


def test_the_next_delay_is_the_time_until_the_next_webhook_is_due():
    delays = DueDelays([60.0, 120.0])

    def in_a_task_run():
        still_owed(None, None, Failed(data=StillOwed(61.5)))
        return delays[0]

    assert contextvars.copy_context().run(in_a_task_run) == 61.5
    assert delays[0] == 60.0


def test_what_is_still_owed_survives_the_way_to_another_process():
    assert pickle.loads(pickle.dumps(StillOwed(61.5))).seconds == 61.5


async def test_prefect_reads_the_delay_after_asking_whether_to_retry(prefect):
    """Pins what the exact delays rely on: Prefect's order, and one context for both."""
    waits, seen = iter([0.3, 0.1]), []

    @task(
        retries=2,
        retry_delay_seconds=DueDelays([60.0, 120.0]),
        retry_condition_fn=still_owed,
        persist_result=False,
    )
    async def owes_twice():
        seen.append(1)
        if (wait := next(waits, None)) is not None:
            raise StillOwed(wait)

    await owes_twice()

    assert len(seen) == 3
