"""A body fits its schema, or the first thing that does not is told with its value."""

import pytest

from blocks.mistake import AuthorMistake
from tasks.check.body_schema import body_check

SCHEMA = {
    "type": "object",
    "properties": {
        "months": {"type": "integer", "maximum": 100},
        "items": {"items": {"properties": {"price": {"type": "number"}}}},
    },
    "required": ["months"],
}


def test_a_body_that_fits_is_left_alone():
    assert body_check(SCHEMA)(b'{"months": 3, "items": [{"price": 1.5}]}') is None


@pytest.mark.parametrize(
    ("body", "fault", "value"),
    [
        (b'{"months": "3"}', '$.months: the value is not of type "integer"', "'3'"),
        (b'{"months": 300}', "$.months: the value is greater than the maximum of 100", "300"),
        (b"{}", '$: "months" is a required property', "{}"),
        (
            b'{"months": 1, "items": [{"price": 1}, {"price": "x"}]}',
            '$.items[*].price: the value is not of type "number"',
            "'x'",
        ),
        (b"months=3", "it is not JSON", "'months=3'"),
        (b"\xff", "it is not JSON", "'\N{REPLACEMENT CHARACTER}'"),
    ],
)
def test_what_does_not_fit_is_told_without_the_value_and_with_it(body, fault, value):
    assert body_check(SCHEMA)(body) == (fault, value)


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "strnig"}, "it is no JSON Schema that can be used: .*strnig"),
        (7, "it is no JSON Schema that can be used"),
        (
            {"$ref": "https://schemas.example.com/a"},
            r"https://schemas.example.com/a is not fetched",
        ),
        ({"$ref": "#/nowhere"}, "nowhere"),
        ({"pattern": "("}, "regex"),
    ],
)
def test_what_is_no_schema_is_a_mistake_of_the_author(schema, fault):
    with pytest.raises(AuthorMistake, match=f"schema: .*{fault}"):
        body_check(schema)
