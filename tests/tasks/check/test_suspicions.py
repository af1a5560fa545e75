"""What a message's texts are likely to get wrong."""

import pytest

from blocks.message import Message
from tasks.check.suspicions import suspicions

URL = "https://h.example/"
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def told(**fields):
    return list(suspicions(Message(**{"url": URL, **fields})))


def test_values_and_parameters_are_always_missing_in_a_send_to_an_audience():
    found = told(
        url=URL + "{{ parameter.status }}",
        data={"a": '{{"points"}}', "b": "{% set value = 1 %}{{ value }}", "c": "{{ userId }}"},
        headers={"X-A": '{{Value "x"}}{{ parameter.y | default(0) }}'},
    )

    values = "'value' is always missing: a send to an audience is given no values"
    parameters = "'parameter' is always missing: no event causes a send to an audience"
    assert found == [
        ("url", parameters),
        ("data.a", values),
        ("headers.X-A", parameters),
        ("headers.X-A", values),
    ]


SECRETS = [
    ({"data": {"api_key": "hush", "b": "hush"}}, ["data.api_key"]),
    ({"data": {"token": "${TOKEN}", "password": "{{ userAttribute.password }}"}}, []),
    ({"body": '{"auth": {"client_secret": "hush"}}'}, ["body"]),
    ({"body": '{"client_secret": "${HUSH}", "api_key" : "{{ userId }}"}'}, []),
    ({"body": '{"token": ""}'}, []),
    ({"body": "a=1&token=hush", "headers": PLAIN}, ["body"]),
    ({"body": "token={{ userId }}", "headers": PLAIN}, []),
]


@pytest.mark.parametrize(("fields", "places"), SECRETS)
def test_secrets_in_data_and_body_are_told_and_not_quoted(fields, places):
    found = told(**fields)

    assert [field for field, _ in found] == places
    assert all("looks like a secret that is written out" in text for _, text in found)
    assert "hush" not in str(found)


KINDS = [
    ('{"a": "{{ userId }}"}', PLAIN, "JSON, whose values are not escaped"),
    ("{% if userId %}[{% endif %}1]", PLAIN, "JSON, whose values are not escaped"),
    ("Hello {{ userId }}", PLAIN, ""),
    ("{{ userId }}", PLAIN, ""),
    ("a={{ userId }}", {}, "no JSON, and its content type is 'application/json'"),
    ("<a>{{ userId }}</a>", {"content-type": "Application/JSON"}, "no JSON"),
    ("nullify", {}, "no JSON"),
    ("<a/>", {"Content-Type": "{{ userId }}"}, "no JSON"),
    ("<a/>", {"Content-Type": "text/xml; x={{ userId }}"}, ""),
    ("${BODY}", {}, ""),
    ('{{ "[" }}{{ userId | tojson }}]', {}, ""),
    ("-1", {}, ""),
    ("true", {}, ""),
    ("{% if userId %}{% endif %}", {}, ""),
]


@pytest.mark.parametrize(("body", "headers", "expected"), KINDS)
def test_a_body_of_another_kind_than_its_content_type_is_told(body, headers, expected):
    found = [text for _, text in told(body=body, headers=headers) if "content type" in text]

    assert len(found) == bool(expected)
    assert all(text.startswith(expected) for text in found)


def test_values_that_are_not_escaped_are_looked_for_by_the_content_type_that_is_sent():
    body = '{"x": {{ userId | safe }}, "y": {{ userId | upper }}, "z": "{{ userId }}"}'

    as_json = told(body=body)

    assert [text.partition(":")[0] for _, text in as_json] == [
        "line 1, column 19",
        "line 1, column 45",
    ]
    assert len(told(body=body, headers=PLAIN)) == 1
