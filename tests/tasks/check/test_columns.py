"""Which columns a campaign reads, and what is said of those that are not there."""

from datetime import UTC, datetime

import pytest

from blocks.message import Message
from blocks.mistake import AuthorMistake
from blocks.segment import Segment
from tasks.check.columns import columns
from tasks.render.message import compile_message

TABLE = ["user_id", "first_name", "plan", "months", "city"]
FREE = {"attribute": "plan", "operator": "is", "value": "free"}


def read(*, segment=None, available=TABLE, **data):
    message = Message(url="https://crm.example.com/{{User ID}}", data=data)
    return columns(
        Segment.model_validate(segment or {}),
        compile_message(message, environ={}, now=datetime(2026, 11, 23, tzinfo=UTC)),
        id_column="user_id",
        available=available,
    )


def test_only_the_id_and_what_segment_and_templates_name_are_loaded():
    found = read(segment={"all": [FREE]}, name="{{ userAttribute.first_name }}")

    assert found.load == ("user_id", "first_name", "plan")
    assert found.seen == ("user_id", "first_name")
    assert found.warnings == ()


def test_a_template_that_computes_a_name_sees_every_column():
    assert set(read(a="{{ userAttribute[userAttribute.plan] }}").seen) == set(TABLE)


def test_a_template_may_name_the_id_column():
    assert read(a="{{ userAttribute.user_id }}").seen == ("user_id",)


def test_a_column_with_a_default_that_is_not_there_is_only_warned_of():
    found = read(name="{{ userAttribute.nickname | default('there') }}")

    (warning,) = found.warnings
    assert "nickname" in warning
    assert "default is used" in warning
    assert found.seen == ("user_id",)


def test_every_column_that_is_not_there_is_told_with_its_place_and_the_nearest():
    segment = {"any": [FREE, {"none": [{"attribute": "mnths", "operator": "is set"}]}]}

    with pytest.raises(AuthorMistake) as caught:
        read(segment=segment, name="{{ userAttribute.firstname }}")

    assert [str(fault) for fault in caught.value.faults] == [
        "segment.any.1.none.0.attribute: 'mnths' is not a column of the user table"
        " (did you mean 'months'?)",
        "message.data.name: 'firstname' is not a column of the user table"
        " (did you mean 'first_name'?)",
    ]


def test_a_rule_on_the_user_bucket_reads_no_column():
    bucket = {"criterion": "user bucket", "operator": "is less than", "value": 100}

    assert read(segment={"all": [bucket]}).load == ("user_id",)
