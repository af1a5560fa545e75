"""JSON text of plain values."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from jinja2 import Undefined

from tasks.render.json_text import json_text
from tasks.render.missing import Missing, MissingValue

WRITTEN = [
    ({"a": [1, 1.5, True, None, "é"]}, '{"a": [1, 1.5, true, null, "é"]}'),
    (Decimal("0.10"), "0.10"),
    (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
    (Decimal("0E-10"), "0.0000000000"),
    (Decimal("1E+40"), "1E+40"),
    ([Decimal("1.5"), 'a "NaN" b', Decimal("2.50")], '[1.5, "a \\"NaN\\" b", 2.50]'),
    (["NaN", "-Infinity", "\\"], '["NaN", "-Infinity", "\\\\"]'),
    (date(2026, 1, 2), '"2026-01-02"'),
    ([datetime(2026, 1, 2, tzinfo=UTC)], '["2026-01-02T00:00:00+00:00"]'),
    ([timedelta(hours=1), UUID(int=1)], '["1:00:00", "00000000-0000-0000-0000-000000000001"]'),
    (range(2), "[0, 1]"),
    ({"a": 1}.keys(), '["a"]'),
    ([Undefined()], '[""]'),
]


@pytest.mark.parametrize(("value", "written"), WRITTEN)
def test_a_value_is_written_as(value, written):
    assert json_text(value) == written


def test_an_indented_decimal_is_a_number_too():
    assert json_text([Decimal("1.50")], indent=1) == "[\n 1.50\n]"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (float("nan"), ValueError),
        ([float("nan"), Decimal("1.5")], ValueError),
        ([Decimal("1.5"), float("-inf")], ValueError),
        (Decimal("Infinity"), ValueError),
        (Missing(), MissingValue),
        (b"bytes", TypeError),
        ({"a": object()}, TypeError),
    ],
)
def test_what_json_cannot_hold_is_refused(value, error):
    with pytest.raises(error):
        json_text(value)
