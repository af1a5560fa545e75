"""Everything that an author can have got wrong is told together, before anything is sent."""

from datetime import UTC, datetime

import pytest

from blocks.campaign import Campaign
from blocks.mistake import AuthorMistake
from tasks.check.prepared import prepare
from tasks.check.preview import preview

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def campaign(tmp_path, *, table="user_id,plan\nada,free\nbob,pro\n", **changed):
    (tmp_path / "users.csv").write_text(table)
    plain = {
        "name": "Offer",
        "users": {"source": str(tmp_path / "users.csv"), "id": "user_id"},
        "message": {"url": "https://crm.example.com/${PATH_PART}/{{User ID}}"},
    }
    return Campaign.model_validate(plain | changed)


def test_a_prepared_campaign_reads_its_audience(tmp_path):
    free = {"all": [{"attribute": "plan", "operator": "is", "value": "free"}]}

    prepared = prepare(campaign(tmp_path, segment=free), environ={"PATH_PART": "v1"}, now=NOW)

    assert prepared.audience()["user_id"].tolist() == ["ada"]


def test_faults_of_message_table_and_segment_are_told_together(tmp_path):
    wrong = {"all": [{"attribute": "plann", "operator": "is set"}]}

    with pytest.raises(AuthorMistake) as caught:
        prepare(campaign(tmp_path, segment=wrong), environ={}, now=NOW)

    assert [fault.field for fault in caught.value.faults] == [
        "message.url",
        "segment.all.0.attribute",
    ]


def test_a_table_that_is_not_there_is_told_beside_the_message(tmp_path):
    gone = {"source": str(tmp_path / "gone.csv"), "id": "user_id"}

    with pytest.raises(AuthorMistake) as caught:
        prepare(campaign(tmp_path, users=gone), environ={}, now=NOW)

    assert {fault.field for fault in caught.value.faults} == {"message.url", "users.source"}


def test_a_campaign_that_is_only_looked_at_shows_asterisks(tmp_path):
    from tasks.render.request import Recipient

    prepared = prepare(campaign(tmp_path), environ={"PATH_PART": "v1"}, now=NOW, showing=True)

    request = prepared.message.render(Recipient("ada", {}, "msg_1"))
    assert request.url == "https://crm.example.com/***/ada"


def test_built_in_variables_are_the_columns_that_properties_name(tmp_path):
    table = "user_id,ver,lang_code\nada,1.2,de\nbob,2.0,en\n"
    users = {
        "source": str(tmp_path / "users.csv"),
        "id": "user_id",
        "properties": {"app_version": "ver", "language": "lang_code"},
    }
    message = {
        "url": "https://crm.example.com/",
        "data": {"text": "Hello {{ appVersion }}"},
        "locales": {"de": {"data": {"text": "Hallo {{ appVersion }}"}}},
    }

    offer = campaign(tmp_path, table=table, users=users, message=message)
    prepared = prepare(offer, environ={}, now=NOW)

    assert prepared.columns.seen == ("user_id", "lang_code", "ver")
    shown = preview(prepared, sample=2)
    assert [one.request.body for one in shown.requests] == [
        '{"text":"Hallo 1.2"}',
        '{"text":"Hello 2.0"}',
    ]


def test_a_property_whose_column_is_not_there_is_a_mistake(tmp_path):
    users = {
        "source": str(tmp_path / "users.csv"),
        "id": "user_id",
        "properties": {"app_version": "verr"},
    }
    message = {"url": "https://crm.example.com/", "data": {"v": "{{ appVersion }}"}}

    with pytest.raises(AuthorMistake, match=r"message.data.v: 'verr' is not a column"):
        prepare(campaign(tmp_path, users=users, message=message), environ={}, now=NOW)
