"""Linked data as values: what a source takes, and what it keeps to itself."""

import pytest
from pydantic import ValidationError

from blocks.campaign_file import validate_campaign
from blocks.linked_data import LinkedData
from blocks.mistake import AuthorMistake

MENU = {"name": "menu", "url": "https://menu.example.com/today"}


def test_a_source_has_defaults():
    made = LinkedData(**MENU)

    assert (made.method, made.headers, made.default) == ("GET", {}, None)
    assert (made.cache_seconds, made.timeout, made.parameters) == (300, 10, 0)


def test_every_field_has_a_description_and_its_place():
    fields = LinkedData.model_json_schema()["properties"]

    assert [field["position"] for field in fields.values()] == list(range(len(fields)))
    assert all(field["description"].endswith(".") for field in fields.values())


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("https://quotes.example.com/{}.json", 1),
        ("https://rates.example.com/{}/{}?day={{ now | default({}) }}", 2),
    ],
)
def test_a_parameter_is_a_pair_of_braces_outside_of_templates(url, parameters):
    assert LinkedData(name="x", url=url).parameters == parameters


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "my menu"}, "a name is letters, digits and _"),
        ({"name": ""}, "at least 1 character"),
        ({"url": "ftp://menu.example.com/"}, "must begin with http:// or https://"),
        ({"url": "https://u:p@menu.example.com/"}, "Authorization header"),
        ({"headers": {"X-User": "{{User ID}}"}}, "'X-User' holds a template"),
        ({"headers": {"Host": "x"}}, "set by Hookline itself"),
        ({"timeout": 0}, "greater than 0"),
        ({"cache_seconds": -1}, "greater than or equal to 0"),
        ({"method": "DELETE"}, "'GET' or 'POST'"),
    ],
)
def test_what_is_no_source_is_refused(changed, told):
    with pytest.raises(ValidationError, match=told):
        LinkedData(**MENU | changed)


def test_secrets_that_are_written_out_are_named_and_masked():
    made = LinkedData(
        name="menu",
        url="https://menu.example.com/?token=hush-hush",
        headers={"Authorization": "Bearer s3cret", "X-Api-Key": "${KEY}", "X-Day": "today"},
    )

    dumped = made.model_dump(mode="json")
    assert made.literal_secrets() == ["url", "headers.Authorization"]
    assert dumped["url"] == "https://menu.example.com/?token=***"
    assert dumped["headers"] == {"Authorization": "***", "X-Api-Key": "${KEY}", "X-Day": "today"}


def test_a_campaign_names_its_sources_apart_and_tells_their_secrets():
    tree = {
        "name": "Offer",
        "users": {"source": "users.csv", "id": "user_id"},
        "message": {"url": "https://crm.example.com/"},
        "linked_data": [MENU | {"headers": {"Authorization": "Bearer s3cret"}}],
    }
    without = validate_campaign({k: v for k, v in tree.items() if k != "linked_data"})

    campaign = validate_campaign(tree)

    assert campaign.literal_secrets() == ["linked_data.0.headers.Authorization"]
    assert campaign.digest != without.digest
    with pytest.raises(AuthorMistake, match="'menu' is given twice"):
        validate_campaign(tree | {"linked_data": [MENU, MENU]})
