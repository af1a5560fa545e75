"""What an attempt's result means for its delivery."""

import pytest

from blocks.delivery import RetryPolicy
from tasks.send.decision import Answered, Broken, Delivered, Failed, RetryAt, decide

DOCUMENTED = RetryPolicy()


def decided(result, *, attempt=1, policy=DOCUMENTED):
    return decide(result, attempt=attempt, ended_at=1000.0, policy=policy)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_delivered(status):
    assert decided(Answered(status)) == Delivered()


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 599])
def test_the_documented_codes_are_tried_again_after_a_minute(status):
    assert decided(Answered(status)) == RetryAt(1060.0)


@pytest.mark.parametrize("status", [199, 301, 302, 304, 400, 401, 404, 410, 428, 499])
def test_every_other_code_is_final(status):
    assert decided(Answered(status)) == Failed(f"HTTP {status}")


@pytest.mark.parametrize(
    ("attempt", "due"), [(1, 1060.0), (2, 1120.0), (3, 1240.0), (4, 1480.0), (5, 1960.0)]
)
def test_each_retry_waits_twice_as_long_as_the_one_before(attempt, due):
    assert decided(Answered(503), attempt=attempt) == RetryAt(due)


def test_the_sixth_attempt_is_the_last():
    assert decided(Answered(503), attempt=6) == Failed("HTTP 503, 6 attempts")


@pytest.mark.parametrize("received", [True, False])
def test_what_breaks_on_the_way_is_tried_again(received):
    assert decided(Broken("connection closed", maybe_received=received)) == RetryAt(1060.0)


def test_what_keeps_breaking_fails_with_its_name():
    broken = Broken("read timeout", maybe_received=True)

    assert decided(broken, attempt=6) == Failed("read timeout, 6 attempts")


@pytest.mark.parametrize(
    ("asked", "due"),
    [(None, 1060.0), (0.0, 1060.0), (59.0, 1060.0), (90.0, 1090.0), (7200.0, 4600.0)],
)
def test_retry_after_makes_a_wait_longer_never_shorter_and_an_hour_at_most(asked, due):
    assert decided(Answered(429, retry_after=asked)) == RetryAt(due)


def test_retry_after_does_not_bring_back_a_final_answer():
    assert decided(Answered(404, retry_after=5.0)) == Failed("HTTP 404")


def test_a_campaign_chooses_its_codes_and_delays():
    policy = RetryPolicy(codes=[404, "520-529"], delays=[5])

    assert decided(Answered(404), policy=policy) == RetryAt(1005.0)
    assert decided(Answered(525), policy=policy) == RetryAt(1005.0)
    assert decided(Answered(503), policy=policy) == Failed("HTTP 503")
    assert decided(Answered(404), attempt=2, policy=policy) == Failed("HTTP 404, 2 attempts")


def test_without_delays_nothing_is_tried_again():
    assert decided(Answered(503), policy=RetryPolicy(delays=[])) == Failed("HTTP 503, 1 attempts")
