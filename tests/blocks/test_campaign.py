"""A campaign as values: what it takes, what it tells of itself, what it keeps to itself."""

import pytest
from pydantic import ValidationError

from blocks.campaign import Campaign, slug
from blocks.mistake import AuthorMistake

PLAIN = {
    "name": "Retention offer",
    "users": {"source": "users.csv", "id": "user_id"},
    "message": {"url": "https://crm.example.com/{{User ID}}"},
}
SECRET = "https://crm:hunter2@crm.example.com/"


def campaign(**changed):
    return Campaign.model_validate(PLAIN | changed)


def test_segment_and_delivery_have_defaults():
    made = campaign()

    assert list(made.segment.rules()) == []
    assert made.delivery.retry.delays == (60, 120, 240, 480, 960)
    assert made.timezone == "UTC"


@pytest.mark.parametrize("name", ["", "   ", "!!!", "two\nlines", "x" * 101])
def test_a_name_is_one_line_with_a_letter_or_digit(name):
    with pytest.raises(ValidationError):
        campaign(name=name)


def test_a_name_loses_the_blanks_around_it():
    assert campaign(name=" Offer ").name == "Offer"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/Los_Angeles"])
def test_a_time_zone_is_known_by_its_name(zone):
    assert campaign(timezone=zone).timezone == zone


@pytest.mark.parametrize("zone", ["Berlin", "", "../etc/passwd", "Europe/Nowhere"])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(ValidationError, match="not a time zone"):
        campaign(timezone=zone)


def test_the_digest_is_that_of_who_gets_what():
    same = campaign(delivery={"concurrency": 5})

    assert campaign().digest == same.digest
    assert len(campaign().digest) == 16
    assert campaign(timezone="Europe/Berlin").digest != same.digest
    assert campaign(message={"url": "https://crm.example.com/"}).digest != same.digest


def test_a_changed_password_is_not_another_campaign():
    before = campaign(message={"url": SECRET})
    after = campaign(message={"url": SECRET.replace("hunter2", "hunter3")})

    assert before.digest == after.digest


def test_dumped_as_json_a_campaign_holds_no_secret():
    made = campaign(
        users={"source": "postgresql://me:hunter2@db/crm#users", "id": "id"},
        message={"url": SECRET + "?token=hunter2", "headers": {"X-Api-Key": "hunter2"}},
    )

    assert "hunter2" not in made.model_dump_json()
    assert made.literal_secrets() == [
        "message.credentials",
        "message.url",
        "message.headers.X-Api-Key",
        "users.source",
    ]


def test_a_campaign_without_secrets_survives_json_unchanged():
    made = campaign(
        segment={"any": [{"attribute": "a", "operator": "is between", "value": [1, 2]}]},
        message={"url": "https://crm:${PASSWORD}@crm.example.com/", "headers": {"X-Key": "${K}"}},
    )

    again = Campaign.model_validate_json(made.model_dump_json())

    assert again == made
    assert again.literal_secrets() == []


def test_a_campaign_goes_over_other_users():
    assert campaign().over("other.csv").users.source == "other.csv"
    assert campaign().over("") == campaign()


def test_a_campaign_goes_over_other_events():
    assert campaign().over("", "events.csv").events.source == "events.csv"
    with pytest.raises(AuthorMistake, match="events: a password is written out"):
        campaign().over("", "postgresql://me:hunter2@db/crm#events")


def test_an_event_table_is_there_if_it_has_a_source():
    with_events = campaign().over("", "events.csv")

    assert campaign().event_table is None
    assert with_events.event_table.user == with_events.users.id


def test_a_password_of_the_event_table_is_a_secret():
    events = campaign().events.model_copy(update={"source": "postgresql://me:hunter2@db/crm#e"})
    secret = campaign().model_copy(update={"events": events})

    assert "events.source" in secret.literal_secrets()
    assert "hunter2" not in secret.model_dump_json()


@pytest.mark.parametrize(
    "source", ["postgresql://me:hunter2@db/crm#users", "sqlite:///u.db?password=hunter2#users"]
)
def test_other_users_with_a_password_written_out_are_refused(source):
    with pytest.raises(AuthorMistake, match="a password is written out") as caught:
        campaign().over(source)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"), [("Retention offer", "retention-offer"), ("  Ünï (2026)!", "n-2026")]
)
def test_a_slug_is_fit_for_keys_and_names(text, key):
    assert slug(text) == key
