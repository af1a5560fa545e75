from __future__ import annotations

import base64

import pytest

from blocks.mistake import AuthorMistake
from tasks.render.request import Suppressed

URL_WITH = "https://{}@crm.example.com/"


def test_every_request_carries_ours_and_the_messages_headers(rendered):
    request = rendered(
        {"x": " 1 "},
        webhook_id="wh_9",
        headers={"X-Campaign": "offers", "X-User": "{{ userAttribute.x }}"},
    )

    assert request.headers == (
        ("Content-Type", "application/json"),
        ("User-Agent", "Hookline/0.1"),
        ("X-Campaign", "offers"),
        ("webhook-id", "wh_9"),
        ("X-User", "1"),
    )


def test_the_messages_headers_win_over_ours(rendered):
    headers = {"user-agent": "mine", "content-type": "application/vnd.api+json"}

    assert rendered(headers=headers).headers == (*headers.items(), ("webhook-id", "wh_1"))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("Mary\r\nX-Evil: 1", "headers.X-User: line break or control character"),
        ("Mary\n", "headers.X-User: line break or control character"),
        ("Mary\x00", "headers.X-User: line break or control character"),
        ("José", "headers.X-User: not ASCII"),
        (None, "headers.X-User: userAttribute.x is missing"),
    ],
)
def test_a_value_that_no_header_can_carry_suppresses(rendered, value: str | None, reason: str):
    suppressed = rendered({"x": value}, headers={"X-User": "Hi {{ userAttribute.x }}"})

    assert suppressed == Suppressed(reason)


def test_a_name_with_a_colon_in_it_is_told_whole(rendered):
    suppressed = rendered(data={"a: b": "{{ userAttribute.x }}"})

    assert suppressed == Suppressed("data.a: b: userAttribute.x is missing")
    assert suppressed.field == "data.a: b"


def test_text_beyond_ascii_travels_percent_encoded_when_the_author_says_so(rendered):
    request = rendered({"x": "José"}, headers={"X-User": "{{ userAttribute.x | urlencode }}"})

    assert dict(request.headers)["X-User"] == "Jos%C3%A9"


def test_the_line_break_at_the_end_of_a_secrets_file_is_no_fault(rendered):
    request = rendered(headers={"X-Api-Key": "${KEY}"}, environ={"KEY": "k\n"})

    assert dict(request.headers)["X-Api-Key"] == "k"


@pytest.mark.parametrize(("value", "fault"), [("é", "not ASCII"), ("a\x00b", "line break or")])
def test_a_header_that_is_wrong_for_everybody_is_the_authors_mistake(
    rendered, value: str, fault: str
):
    with pytest.raises(AuthorMistake, match=f"message.headers.X-A: {fault}"):
        rendered(headers={"X-A": value})


CREDENTIALS = [
    ("crm:secret", "crm:secret"),
    ("crm:p%40ss%3Aw%C3%B6rd", "crm:p@ss:wörd"),
    ("crm", "crm:"),
    ("crm:${PASSWORD}", "crm:a%40b:c"),
    ("crm:x%2F${PASSWORD}", "crm:x/a%40b:c"),
    ("{{ userAttribute.shop }}:${PASSWORD}", "shop%41:a%40b:c"),
    ("{{ User ID }}", "7590-VHVEG:"),
    ("crm:{{ 'p%40' }}", "crm:p%40"),
]


@pytest.mark.parametrize(("credentials", "plain"), CREDENTIALS)
def test_credentials_in_the_url_become_basic_authentication(rendered, credentials: str, plain: str):
    request = rendered(
        {"shop": "shop%41"}, url=URL_WITH.format(credentials), environ={"PASSWORD": "a%40b:c"}
    )

    assert request.authorization is not None
    assert base64.b64decode(request.authorization.removeprefix("Basic ")).decode() == plain
    assert request.url == "https://crm.example.com/"
    assert "authorization" not in {name.lower() for name, _ in request.headers}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "credentials: userAttribute.x is missing"),
        ("\ud800", "credentials: not text that UTF-8 can carry"),
    ],
)
def test_credentials_that_cannot_be_written_suppress(rendered, value: str | None, reason: str):
    url = URL_WITH.format("crm:{{ userAttribute.x }}")

    assert rendered({"x": value}, url=url) == Suppressed(reason)


def test_credentials_that_are_no_text_are_the_authors_mistake(rendered):
    with pytest.raises(AuthorMistake, match=r"message\.credentials: percent-decoded, not text"):
        rendered(url=URL_WITH.format("crm:%FF"))


def test_a_template_error_in_credentials_quotes_nothing(rendered):
    with pytest.raises(AuthorMistake) as mistake:
        rendered(url=URL_WITH.format("crm:hunter2{{ x y }}"))

    assert str(mistake.value) == "message.credentials: template syntax error"
