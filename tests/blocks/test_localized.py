"""What a message says in one language is checked like the message itself."""

import pytest
from pydantic import ValidationError

from blocks.localized import Localized
from blocks.message import Message

URL = "https://crm.example.com/"


def in_german(**fields):
    return Message(url=URL, data={"a": "b"}, locales={"de": fields})


def test_every_field_has_a_description_and_its_place():
    fields = Localized.model_json_schema()["properties"]

    assert [field["position"] for field in fields.values()] == list(range(len(fields)))
    assert all(field["description"].endswith(".") for field in fields.values())


def test_tags_are_written_alike():
    message = Message(url=URL, locales={"de_AT": {}, "FR": None or {}})

    assert list(message.locales) == ["de-at", "fr"]


def test_numbers_truth_values_and_nothing_are_texts():
    german = in_german(data={"n": 1, "t": True}, headers=None).locales["de"]

    assert (german.data, german.headers) == ({"n": "1", "t": "true"}, {})


def test_a_variant_is_the_whole_message_in_its_language():
    variant = in_german(data={"a": "c"}, headers={"X-A": "1"}).variants()["de"]

    assert (variant.url, variant.data, variant.headers) == (URL, {"a": "c"}, {"X-A": "1"})
    assert variant.locales == {}


def test_credentials_are_those_of_the_message():
    message = Message(url="https://api:${KEY}@a.example/", locales={"de": {"body": "{}"}})

    assert message.variants()["de"].credentials.get_secret_value() == "api:${KEY}"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"url": "ftp://x"}, "locales.de.url: Value error, the URL must begin with http"),
        ({"headers": {"Host": "x"}}, "locales.de.headers: Value error, the header 'Host' is set"),
        ({"headers": {"X-Token": "hush"}}, r"locales.de: a secret is written out; write \${NAME}"),
        ({"url": "https://u:hush@x.example/"}, r"locales.de: a secret is written out"),
        ({"url": "https://x.example/?api_key=hush"}, "locales.de: a secret is written out"),
        ({"nope": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_in_a_variant_is_told_with_its_place_and_without_secrets(fields, fault):
    with pytest.raises(ValidationError, match=fault) as caught:
        in_german(**fields)

    assert "hush" not in str(caught.value)


def test_a_secret_of_the_message_itself_is_not_the_variants():
    message = Message(url=URL + "?api_key=hush", locales={"de": {"body": "{}"}})

    assert message.literal_secrets() == ["url"]


def test_a_body_for_a_get_is_refused():
    with pytest.raises(ValidationError, match=r"locales.de: Value error, a GET has no body"):
        Message(url=URL, method="GET", locales={"de": {"body": "{}"}})


@pytest.mark.parametrize("locales", [{"d e": {}}, {"": {}}, ["de"]])
def test_what_is_no_language_is_refused(locales):
    with pytest.raises(ValidationError, match=r"is not a language|valid dictionary"):
        Message(url=URL, locales=locales)
