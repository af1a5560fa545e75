"""What a message is likely to get wrong."""

import pandas as pd

from blocks.campaign import Campaign
from blocks.mistake import Fault
from tasks.check.lint import blank_shares, findings_of, lint
from tasks.render.message import compile_message


def told(blanks=None, linked_data=(), **fields):
    campaign = Campaign(
        name="Offer",
        users={"source": "users.csv", "id": "user_id"},
        message={"url": "https://h.example/", **fields},
        linked_data=linked_data,
    )
    compiled = compile_message(
        campaign.message, environ={}, now=0.0, linked_data=campaign.linked_data
    )
    return [str(finding) for finding in lint(campaign, compiled, blanks or {})]


def test_a_message_of_data_with_defaults_is_clean():
    data = {"a": "{{ userAttribute.a | default('') }}", "b": "{{ userAttribute.b }}"}

    assert told({"a": 0.5}, data=data) == []


def test_blanks_the_host_secrets_and_json_are_told():
    found = told(
        {"a": 0.25},
        url="https://{{ userAttribute.a }}/",
        headers={"X-Api-Key": "hush"},
        body='{"x": {{ userId | safe }}, "y": {{ userId | upper }}, "z": "{{ userId }}"}',
    )

    assert [line.split(": ")[1] for line in found] == [
        "message.headers.X-Api-Key",
        "message.url",
        "message.url",
        "message.body",
        "message.body",
    ]
    assert "'a' is blank for 25.0% of the users" in found[2]


def test_blanks_are_shares_of_the_columns_that_have_any_over_all_parts():
    parts = [pd.DataFrame({"a": [1, None], "b": [1, 2]}), pd.DataFrame({"a": [3, 4], "b": [5, 6]})]

    assert blank_shares(parts) == {"a": 0.25}


def test_variants_are_looked_at_too():
    locales = {
        "de": {"body": "{{ userAttribute.b | safe }}"},
        "fr": {"url": "https://{{ userId }}/"},
    }

    found = told({"b": 0.5}, body='{"x": "{{ userId }}"}', locales=locales)

    assert [line.split(": ")[1] for line in found] == [
        "message.url",
        "message.locales.de.body",
        "message.locales.de.body",
    ]


def test_a_variant_is_told_of_what_is_its_own():
    locales = {"de": {"data": {"b": '{{"x"}}'}, "url": "https://h.example/de"}}

    found = told(data={"a": '{{"x"}}', "b": "c"}, locales=locales)

    assert [line.split(": ")[1] for line in found] == [
        "message.data.a",
        "message.locales.de.data.b",
    ]


def test_linked_data_is_looked_at_too():
    quotes = {
        "name": "quotes",
        "url": "https://q.example/{{ userAttribute.stock }}",
        "headers": {"Authorization": "Bearer hush"},
    }

    found = told({"stock": 0.5}, linked_data=[quotes], data={"x": "{{ linkedData.quotes.price }}"})

    assert [line.split(": ")[1] for line in found] == [
        "linked_data.0.headers.Authorization",
        "linked_data.0.url",
    ]
    assert "hush" not in str(found)


def test_mistakes_are_errors_with_their_hints():
    faults = (Fault("f", "wrong", hint="right"), Fault("g", "wrong"))

    assert [str(finding) for finding in findings_of(faults)] == [
        "error: f: wrong (right)",
        "error: g: wrong",
    ]
