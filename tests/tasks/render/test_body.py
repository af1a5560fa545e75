from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks.message import FORM
from blocks.mistake import AuthorMistake
from tasks.render.request import Request, Suppressed

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SAME_FIXTURE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_data_is_the_form_of_the_documentation(rendered):
    request = rendered(
        {"First name": "Mary", "Last name": "Doe"},
        content_type=FORM,
        data={
            "first_name": "{{userAttribute['First name']}}",
            "last_name": "{{userAttribute['Last name']}}",
        },
    )

    assert request.body == b"first_name=Mary&last_name=Doe"
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers


def test_data_is_a_flat_json_object_of_texts(rendered):
    request = rendered(
        {"First name": "Zoë", "tenure": 3},
        data={
            "first_name": "{{ userAttribute['First name'] }}",
            "source": "crm",
            "months": "{{ userAttribute.tenure }}",
        },
    )

    assert request.body == '{"first_name":"Zoë","source":"crm","months":"3"}'.encode()
    assert ("Content-Type", "application/json") in request.headers


@SAME_FIXTURE
@given(name=TEXTS, city=TEXTS)
def test_json_gives_back_what_the_values_were(rendered, name: str, city: str):
    request = rendered(
        {"n": name, "c": city},
        data={"name": "{{ userAttribute.n }}", "fixed": '"', "city": "{{ userAttribute.c }}"},
    )

    assert json.loads(request.body) == {"name": name, "fixed": '"', "city": city}


@SAME_FIXTURE
@given(name=TEXTS, city=TEXTS)
def test_a_form_gives_back_what_the_values_were(rendered, name: str, city: str):
    request = rendered(
        {"n": name, "c": city},
        content_type=FORM,
        data={"name": "{{ userAttribute.n }}", "a&b": "c d", "city": "{{ userAttribute.c }}"},
    )

    pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    assert pairs == [("name", name), ("a&b", "c d"), ("city", city)]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, b"{}"),
        ({"content_type": FORM}, b""),
        ({"method": "DELETE"}, b""),
        ({"method": "DELETE", "data": {"a": "1"}}, b'{"a":"1"}'),
        ({"method": "GET"}, b""),
        ({"data": {"a": 1, "b": True, "c": 1.5}}, b'{"a":"1","b":"true","c":"1.5"}'),
        ({"body": " [1] "}, b" [1] "),
        ({"body": "a=${KEY}", "content_type": FORM}, b"a=k"),
        ({"body": "<a/>", "headers": {"content-type": "text/xml"}}, b"<a/>"),
        ({"data": {"${KEY}": "1", "{{ campaign }}": "2"}}, b'{"k":"1","offers":"2"}'),
        ({"data": {"{{ userId }}": "1", "b": "2"}}, b'{"7590-VHVEG":"1","b":"2"}'),
    ],
)
def test_the_body_is(rendered, fields: dict[str, object], body: bytes):
    assert rendered(environ={"KEY": "k"}, **fields).body == body


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_a_body_there_is_no_content_type(rendered, method: str):
    request = rendered(method=method)

    assert "Content-Type" not in dict(request.headers)


def test_the_data_of_a_get_is_its_query(rendered):
    request = rendered(
        {"n": "Mary Doe & co"},
        method="GET",
        url="https://crm.example.com/?a=1",
        data={"name": "{{ userAttribute.n }}", "b": "2"},
    )

    assert request.url == "https://crm.example.com/?a=1&name=Mary+Doe+%26+co&b=2"
    assert request.body == b""


def test_a_value_missing_in_the_query_suppresses(rendered):
    assert rendered(method="GET", data={"a": "{{ userAttribute.x }}"}) == Suppressed(
        "data.a: userAttribute.x is missing"
    )


def test_the_body_keeps_types_through_tojson(rendered):
    request = rendered(
        {"n": 3, "s": 'a "b"'},
        body='{"n": {{ userAttribute.n }}, "s": {{ userAttribute.s | tojson }}}',
    )

    assert json.loads(request.body) == {"n": 3, "s": 'a "b"'}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('Mary "M"', "body: not JSON: Expecting ',' delimiter at line 1"),
        ("Mary\n", "body: not JSON: Invalid control character at at line 1"),
        ("\ud800", "body: not text that UTF-8 can carry"),
    ],
)
def test_a_body_that_is_not_json_suppresses_without_quoting_it(rendered, value: str, reason: str):
    assert rendered({"n": value}, body='{"n": "{{ userAttribute.n | safe }}"}') == Suppressed(
        reason
    )


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "[" * 100_000])
def test_what_only_pythons_json_takes_is_not_json(rendered, value: str):
    assert rendered({"n": value}, body="{{ userAttribute.n | safe }}") == Suppressed(
        "body: not JSON: NaN, an infinity, or too many levels"
    )


def test_a_very_long_number_is_json(rendered):
    assert isinstance(rendered({"n": "9" * 5000}, body="{{ userAttribute.n }}"), Request)


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("application/json", "data: not text that UTF-8 can carry"),
        (FORM, "data.a: not text that UTF-8 can carry"),
    ],
)
def test_a_value_that_is_no_text_suppresses(rendered, content_type: str, reason: str):
    suppressed = rendered(
        {"x": "\udfff"}, data={"a": "{{ userAttribute.x }}"}, content_type=content_type
    )

    assert suppressed == Suppressed(reason)


def test_two_names_that_become_the_same_suppress_in_json_only(rendered):
    data = {"{{ userAttribute.x }}": "1", "a": "2"}

    assert rendered({"x": "a"}, data=data) == Suppressed("data: two names are the same")
    assert rendered({"x": "b"}, data=data).body == b'{"b":"1","a":"2"}'
    assert rendered({"x": "a"}, data=data, content_type=FORM).body == b"a=1&a=2"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"body": "{oops"}, "message.body: not JSON: .* at line 1 column 2, for every recipient"),
        ({"body": "{{ campaign | safe }}"}, "message.body: not JSON: .* at line 1 column 1"),
        ({"data": {"a": "\ud800"}}, "message.data: not text that UTF-8 can carry"),
        ({"data": {"a": "\ud800"}, "content_type": FORM}, "message.data: not text"),
        ({"data": {"${KEY}": "1", "k": "2"}}, "message.data: two names are the same"),
    ],
)
def test_a_body_that_is_wrong_for_everybody_is_the_authors_mistake(
    rendered, fields: dict[str, object], fault: str
):
    with pytest.raises(AuthorMistake, match=fault):
        rendered(environ={"KEY": "k"}, **fields)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain; x={{ userId }}", b'a "b"&c'),
        ("application/json; x={{ userId }}", b'"a \\"b\\"&c"'),
        ("application/x-www-form-urlencoded; x={{ userId }}", b"a+%22b%22%26c"),
    ],
)
def test_templates_in_a_content_type_do_not_hide_what_kind_it_is(rendered, content_type, body):
    request = rendered(
        {"x": 'a "b"&c'},
        headers={"Content-Type": content_type},
        body="{{ userAttribute.x }}",
        user_id="u",
    )

    assert request.body == body
