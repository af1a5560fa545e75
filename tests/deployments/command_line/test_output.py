"""What the command line writes reads well."""

import pytest

from deployments.command_line.output import instant, plain, seconds


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (0.0404, "40 ms"),
        (1.25, "1.2 s"),
        (12.4, "12 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3780, "1 h 3 min"),
    ],
)
def test_a_length_of_time_is_told_in_the_unit_that_fits(length, told):
    assert seconds(length) == told


def test_a_time_for_programs_is_in_utc():
    assert instant(0.5) == "1970-01-01T00:00:00.500+00:00"
    assert instant(None) is None


def test_a_text_of_others_stays_on_its_line():
    assert plain("a\nb\x1b[0m\u202e") == "a b [0m "
