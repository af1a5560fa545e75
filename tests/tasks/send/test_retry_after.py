"""What a Retry-After header asks for."""

import pendulum
import pytest

from tasks.send.retry_after import seconds

NOON = pendulum.datetime(2026, 11, 23, 12).timestamp()


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120.0),
        ("Monday, 23-Nov-26 12:02:00 GMT", 120.0),
        ("Mon Nov 23 12:02:00 2026", 120.0),
        ("Mon, 23 Nov 2026 13:02:00 +0100", 120.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_both_understood(header, asked):
    assert seconds(header, now=NOON) == asked


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-5", "1.5", "12345678901", "Mon, 99 Nov 2026 12:02:00 GMT"]
)
def test_what_is_neither_is_no_wish(header):
    assert seconds(header, now=NOON) is None
