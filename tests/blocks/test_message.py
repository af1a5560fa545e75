from __future__ import annotations

import pickle
import re
from datetime import date

import pytest
from pydantic import ValidationError

from blocks.message import URL_PATTERN, Message
from blocks.message_secrets import names_a_credential

URL = "https://crm.example.com/"


def message(**fields: object) -> Message:
    return Message(**{"url": URL, **fields})


def fault_of(**fields: object) -> str:
    with pytest.raises(ValidationError) as error:
        message(**fields)
    (detail,) = error.value.errors()
    return detail["msg"].removeprefix("Value error, ")


def test_a_message_is_a_json_post_unless_it_says_otherwise():
    assert message().method == "POST"
    assert message().content_type == "application/json"


def test_numbers_truth_values_and_dates_become_text():
    data = {"a": 1, "b": True, "c": 1.5, "d": date(2026, 1, 2), "e": "text", 6: False}

    assert message(data=data).data == {
        "a": "1", "b": "true", "c": "1.5", "d": "2026-01-02", "e": "text", "6": "false",
    }  # fmt: skip


def test_what_a_form_leaves_empty_is_nothing():
    empty = message(data=None, headers=None, body="", credentials="")

    assert (empty.data, empty.headers, empty.body, empty.credentials) == ({}, {}, None, None)


PARTED = [
    ("https://crm:secret@h.example/x", "https://h.example/x", "crm:secret"),
    ("  https://crm:${PW}@h.example ", "https://h.example", "crm:${PW}"),
    ("https://a@b:c@h.example/", "https://h.example/", "a@b:c"),
    ("https://p%40:q@h.example?x=y@z", "https://h.example?x=y@z", "p%40:q"),
    (
        "https://{{ userAttribute['a/b@c'] }}:x@h.example/",
        "https://h.example/",
        "{{ userAttribute['a/b@c'] }}:x",
    ),
    ("https://{{ 'x@y' }}.example/", "https://{{ 'x@y' }}.example/", None),
    ("https://h.example/u@v", "https://h.example/u@v", None),
    ("https://@h.example/", "https://h.example/", None),
    ("{{ userAttribute.url }}", "{{ userAttribute.url }}", None),
    ("${BASE}/a@b", "${BASE}/a@b", None),
]


@pytest.mark.parametrize(("written", "url", "credentials"), PARTED)
def test_credentials_are_parted_from_the_url(written: str, url: str, credentials: str | None):
    parted = message(url=written)

    secret = parted.credentials and parted.credentials.get_secret_value()
    assert (parted.url, secret) == (url, credentials)


def test_a_password_is_in_no_repr_dump_or_schema():
    secret = message(
        url="https://crm:hunter2@h.example/?token=hunter2", headers={"Cookie": "a=hunter2"}
    )

    shown = [
        repr(secret.credentials),
        secret.shown_url,
        str(secret.model_dump(mode="json")),
        str(secret.model_dump()["credentials"]),
    ]
    assert not [each for each in shown if "hunter2" in each]
    assert secret.shown_url == "https://***@h.example/?token=***"
    dumped = secret.model_dump(mode="json")
    assert dumped["url"] == "https://h.example/?token=***"
    assert dumped["headers"] == {"Cookie": "***"}
    assert dumped["credentials"] == "***"
    assert "hunter2" not in secret.model_copy(update={"url": URL, "headers": {}}).model_dump_json()


def test_a_message_without_credentials_shows_its_url_as_it_is():
    plain = message(url="https://h.example/?a=1&token={{ userAttribute.token }}&key=${KEY}")

    assert plain.shown_url == plain.url
    assert plain.model_dump(mode="json")["url"] == plain.url
    assert plain.model_dump()["credentials"] is None


def test_a_placeholder_survives_saving_and_loading():
    saved = message(url="https://crm:${PW}@h.example/")

    assert Message.model_validate_json(saved.model_dump_json()) == saved


def test_a_masked_password_is_not_taken_for_one():
    saved = message(credentials="crm:hunter2").model_dump(mode="json")

    assert "give them again" in fault_of(**saved)


def test_prefect_is_given_the_password_when_it_encrypts_a_block():
    secret = message(credentials="crm:hunter2")

    saved = secret.model_dump(mode="json", context={"include_secrets": True})

    assert saved["credentials"] == "crm:hunter2"
    assert Message.model_validate(saved) == secret


def test_a_message_travels_to_other_processes_with_its_credentials():
    secret = message(credentials="crm:hunter2")

    assert pickle.loads(pickle.dumps(secret)) == secret


FAULTS = [
    ({"url": " "}, "the URL is empty"),
    ({"url": "ftp://h.example"}, "the URL must begin with http:// or https://"),
    ({"url": "h.example/x"}, "the URL must begin with http:// or https://"),
    ({"url": "h.example/{{ userId }}"}, "the URL must begin with http:// or https://"),
    ({"url": "mailto:${TO}"}, "the URL must begin with http:// or https://"),
    ({"url": "https:///x"}, "the URL has no host"),
    ({"url": "https://"}, "the URL has no host"),
    ({"url": "https://u:p@/x"}, "the URL has no host"),
    (
        {"url": "https://u:pa#ss@h.example/"},
        "the URL's port is not a number; in a password '/', '?' and '#' are percent-encoded",
    ),
    (
        {"url": "https://u:p@h.example", "credentials": "u:p"},
        "the credentials are given twice, in the URL and by themselves",
    ),
    ({"data": {"a": "b"}, "body": "c"}, "give either data or body, not both"),
    ({"method": "GET", "body": "c"}, "a GET has no body; its data becomes the query of the URL"),
    (
        {"credentials": "u:p", "headers": {"authorization": "x"}},
        "give either an Authorization header or credentials, not both",
    ),
    ({"headers": {"X A": "b"}}, "'X A' is not a header's name"),
    ({"headers": {"X-{{ userId }}": "b"}}, "'X-{{ userId }}' is not a header's name"),
    ({"headers": {"Host": "b"}}, "the header 'Host' is set by Hookline itself"),
    (
        {"headers": {"Host": "x", "X A": "y", "webhook-id": "z"}},
        "the header 'Host' is set by Hookline itself; 'X A' is not a header's name; "
        "the header 'webhook-id' is set by Hookline itself",
    ),
    ({"headers": {"Webhook-ID": "b"}}, "the header 'Webhook-ID' is set by Hookline itself"),
    ({"headers": {"X-A": "b", "x-a": "c"}}, "the header 'x-a' is given twice"),
    ({"headers": {"X-A": "b\r\nX-B: c"}}, "the header 'X-A' holds a line break"),
    (
        {"credentials": "**********"},
        "the credentials were masked when this was saved: give them again",
    ),
    ({"method": "HEAD"}, "Input should be 'POST', 'GET', 'PUT', 'PATCH' or 'DELETE'"),
    ({"colour": "red"}, "Extra inputs are not permitted"),
    ({"data": ["a"]}, "Input should be a valid dictionary"),
    ({"data": {"a": None}}, "Input should be a valid string"),
]


@pytest.mark.parametrize(("fields", "fault"), FAULTS)
def test_a_message_is_refused(fields: dict[str, object], fault: str):
    assert fault_of(**fields) == fault


@pytest.mark.parametrize("given", ["text", {"method": "GET"}, {"url": 5}])
def test_what_is_no_message_is_refused(given: object):
    with pytest.raises(ValidationError):
        Message.model_validate(given)


def test_a_refusal_does_not_quote_the_password():
    with pytest.raises(ValidationError) as error:
        message(url="https://u:hunter2@h.example/", data={"a": "b"}, body="c")

    assert "hunter2" not in str(error.value)


ACCEPTED = [
    {"url": "http{{ 's' }}://h.example"},
    {"url": "HTTPS://h.example:8080/a:b"},
    {"url": "https://h.example:{{ userAttribute.port }}/"},
    {"url": "https://{{ userAttribute['a:b'] }}/x"},
    {"url": "https://${HOST}:${PORT}"},
    {"url": "https://[::1]:80/"},
    {"headers": {"X-A": "{{ campaign\n }}b\n"}},
    {"method": "DELETE", "body": "c"},
]


@pytest.mark.parametrize("fields", ACCEPTED)
def test_a_message_is_accepted(fields: dict[str, object]):
    assert message(**fields)


LITERAL = [
    ({"url": "https://crm:hunter2@h.example/"}, ["credentials"]),
    ({"url": "https://crm:x${PW}@h.example/"}, ["credentials"]),
    ({"url": "https://key-123@h.example/"}, ["credentials"]),
    ({"url": "https://key-123:@h.example/"}, ["credentials"]),
    ({"url": "https://crm:$${PW}@h.example/"}, ["credentials"]),
    ({"url": "https://crm:${PW}@h.example/"}, []),
    ({"url": "https://${USER}:${PW}@h.example/"}, []),
    ({"url": "https://${TOKEN}@h.example/"}, []),
    ({"url": "https://h.example/?api_key=abc&city=x"}, ["url"]),
    ({"url": "https://h.example/?api_key=${KEY}&clientKey={{ userAttribute.k }}"}, []),
    ({"headers": {"Authorization": "Bearer abc"}}, ["headers.Authorization"]),
    ({"headers": {"Authorization": "Basic YWJj="}}, ["headers.Authorization"]),
    ({"headers": {"Authorization": "Bearer ${TOKEN}"}}, []),
    ({"headers": {"Cookie": "session=${SESSION}; id={{ userId }}"}}, []),
    ({"headers": {"Cookie": "session=abc"}}, ["headers.Cookie"]),
    (
        {"headers": {"X-Api-Key": "abc", "X-Campaign": "abc", "x-auth-token": ""}},
        ["headers.X-Api-Key"],
    ),
]


@pytest.mark.parametrize(("fields", "names"), LITERAL)
def test_secrets_that_are_written_out_are_named(fields: dict[str, object], names: list[str]):
    assert message(**fields).literal_secrets() == names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Authorization", True),
        ("Proxy-Authorization", True),
        ("Set-Cookie", True),
        ("X-Auth-Token", True),
        ("client_secret", True),
        ("X-API-Key", True),
        ("apikey", True),
        ("PASSWORD", True),
        ("X-Campaign", False),
        ("keyboard", False),
    ],
)
def test_a_name_tells_a_credential(name: str, expected: bool):
    assert names_a_credential(name) is expected


STORED = [
    ("https://h.example/x", True),
    ("https://h.example/u@v?w=x@y", True),
    ("https://crm:${PASSWORD}@h.example/x", True),
    ("https://${USER}:${PASSWORD}@h.example/x", True),
    ("https://${TOKEN}@h.example/x", True),
    ("https://crm:${A}${B}@h.example/{{ User ID }}", True),
    ("https://{{ userAttribute.shop }}.example/x", True),
    ("{{ userAttribute.url }}", True),
    ("${BASE}/x", True),
    ("", True),
    ("https://crm:hunter2@h.example/x", False),
    ("  https://crm:hunter2@h.example/x", False),
    ("https://key-123@h.example/x", False),
    ("https://crm:x${PASSWORD}@h.example/x", False),
    ("https://crm:${PASSWORD}x@h.example/x", False),
    ("https://crm:${PASSWORD}@hunter2@h.example/x", False),
    ("https://{{ userAttribute['a/b'] }}:hunter2@h.example/x", False),
    ("${SCHEME}://crm:hunter2@h.example/x", False),
]


@pytest.mark.parametrize(("url", "is_stored"), STORED)
def test_a_form_takes_no_url_with_a_password_written_out(url: str, is_stored: bool):
    pattern = Message.model_json_schema()["properties"]["url"]["pattern"]

    assert (re.search(pattern, url) is not None) is is_stored


def test_the_pattern_stays_fast_on_long_urls():
    long = "https://h.example/" + "{{ userAttribute.a }}/" * 2000 + "@"

    assert re.search(URL_PATTERN, long)
    assert not re.search(URL_PATTERN, "https://" + "{{ a }}" * 2000 + ":x@h.example/")


def test_a_form_shows_flat_fields_in_order_with_descriptions():
    fields = Message.model_json_schema()["properties"]

    assert [field["position"] for field in fields.values()] == list(range(len(fields)))
    assert all(field["description"].endswith(".") for field in fields.values())
    assert fields["method"]["enum"] == ["POST", "GET", "PUT", "PATCH", "DELETE"]
