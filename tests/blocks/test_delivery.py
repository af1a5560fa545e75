"""Delivery settings: what is tried again, when, and how many recipients share a task."""

import pytest
from pydantic import ValidationError

from blocks.delivery import Delivery, RetryPolicy


def test_the_documented_policy_is_the_default():
    policy = RetryPolicy()

    assert list(policy.delays) == [60, 120, 240, 480, 960]
    assert policy.attempt_limit == 6
    assert [s for s in range(100, 600) if policy.retries(s)] == [408, 409, 429, *range(500, 600)]


def test_codes_are_numbers_texts_or_ranges():
    policy = RetryPolicy(codes=[404, "500 - 502"])

    assert [s for s in range(100, 600) if policy.retries(s)] == [404, 500, 501, 502]


@pytest.mark.parametrize("codes", [["200"], ["404", "100-204"], ["299-500"]])
def test_what_was_received_is_never_tried_again(codes):
    with pytest.raises(ValueError, match="2xx is never tried again"):
        RetryPolicy(codes=codes)


@pytest.mark.parametrize("codes", [["5xx"], ["600"], ["502-500"], ["200-"], "500", [None]])
def test_what_is_no_code_is_refused(codes):
    with pytest.raises(ValidationError):
        RetryPolicy(codes=codes)


@pytest.mark.parametrize("delays", [[-1], [float("inf")], [float("nan")], [90_000], [1] * 51])
def test_delays_are_at_most_fifty_of_at_most_a_day(delays):
    with pytest.raises(ValidationError):
        RetryPolicy(delays=delays)


@pytest.mark.parametrize(
    ("tasks_per", "audience", "recipients"),
    [
        ("auto", 0, 1),
        ("auto", 200, 1),
        ("auto", 201, 2_000),
        ("user", 1_000_000, 1),
        ("batch", 3, 2_000),
    ],
)
def test_up_to_200_recipients_have_a_task_each(tasks_per, audience, recipients):
    assert Delivery(tasks_per=tasks_per).recipients_per_task(audience) == recipients


@pytest.mark.parametrize(
    "wrong", [{"concurrency": 0}, {"timeout": 0}, {"batch_size": 0}, {"concurency": 5}]
)
def test_settings_out_of_range_or_unknown_are_refused(wrong):
    with pytest.raises(ValidationError):
        Delivery(**wrong)
