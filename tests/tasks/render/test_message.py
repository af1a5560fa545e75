from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blocks.message import Message
from blocks.mistake import AuthorMistake
from tasks.render.message import CompiledMessage, compile_message
from tasks.render.placeholders import MaskedEnvironment
from tasks.render.request import Recipient, Request, Suppressed
from tasks.render.variables import EVERYTHING

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "hunter2"


def compiled(**fields: object) -> CompiledMessage:
    message = Message(**{"url": "https://crm.example.com/", **fields})
    return compile_message(message, environ={"SECRET": SECRET}, now=NOW)


def test_the_example_of_the_documentation_is_rendered_whole(rendered):
    request = rendered(
        {"First name": "Mary", "tenure": 3.0},
        url="https://crm:${PASSWORD}@crm.example.com/customers/{{User ID}}/offers",
        headers={"X-Campaign": "retention"},
        data={
            "first_name": "{{ userAttribute['First name'] | default('there') }}",
            "months": "{{ userAttribute.tenure }}",
        },
        environ={"PASSWORD": SECRET},
    )

    assert request == Request(
        method="POST",
        url="https://crm.example.com/customers/7590-VHVEG/offers",
        headers=(
            ("Content-Type", "application/json"),
            ("User-Agent", "Hookline/0.1"),
            ("X-Campaign", "retention"),
            ("webhook-id", "wh_1"),
        ),
        body=b'{"first_name":"Mary","months":"3"}',
        authorization="Basic Y3JtOmh1bnRlcjI=",
    )


def test_json_in_the_url_as_the_documentation_has_it_is_percent_encoded(rendered):
    request = rendered(
        {"status": "gold"},
        url=(
            "https://api.leanplum.com/api?action=setUserAttributes&userId={{User ID}}"
            """&userAttributes={"currentMemberStatus":"{{userAttribute['status']}}"}"""
        ),
    )

    assert request.url == (
        "https://api.leanplum.com/api?action=setUserAttributes&userId=7590-VHVEG"
        "&userAttributes=%7B%22currentMemberStatus%22:%22gold%22%7D"
    )


URLS = [
    ("https://h.example/{{ userAttribute.x }}", "a/b?c#d", "https://h.example/a%2Fb%3Fc%23d"),
    (
        "https://h.example/{{ userAttribute.x }}",
        "@evil.example/",
        "https://h.example/%40evil.example%2F",
    ),
    (
        "https://h.example{{ userAttribute.x }}",
        "@evil.example/",
        "url: credentials in the rendered URL",
    ),
    ("https://h.example{{ userAttribute.x }}", "/path", "https://h.example/path"),
    ("https://{{ userAttribute.x }}/p", "shop.example", "https://shop.example/p"),
    ("https://{{ userAttribute.x }}/p", "h@evil.example", "url: credentials in the rendered URL"),
    ("https://{{ userAttribute.x }}/p", "", "url: no host"),
    ("https://h.example:{{ userAttribute.x }}/p", "x", "url: bad port"),
    ("{{ userAttribute.x }}", "ftp://h.example", "url: not an http or https URL"),
    ("{{ userAttribute.x }}", " https://h.example ", "https://h.example/"),
    ("https://h.example/{{ userAttribute.x }}", "..", "url: a segment of the path is '.' or '..'"),
    ("https://h.example/{{ userAttribute.x | safe }}", "a/b?c", "https://h.example/a/b?c"),
    ("https://h.example/{{ userAttribute.x | safe }}", "a\nb", "url: control character"),
    ("https://h.example/{{ userAttribute.x }}", None, "url: userAttribute.x is missing"),
    ("https://h.example/{{ userAttribute.x | urlencode }}", "a b/c", "https://h.example/a%20b/c"),
]


@pytest.mark.parametrize(("url", "value", "expected"), URLS)
def test_a_value_in_the_url_never_leads_to_another_host(
    rendered, url: str, value: str | None, expected: str
):
    request = rendered({"x": value}, url=url)

    assert (request.reason if isinstance(request, Suppressed) else request.url) == expected


FAULTS = [
    ({"url": "https://a..b/"}, "message.url: not a host name, for every recipient"),
    ({"url": "https://a..b/{{ userId }}"}, "message.url: not a host name, for every recipient"),
    ({"url": "https://${SECRET}@{{ userId }}/"}, None),
    ({"url": "${SECRET}"}, "message.url: not an http or https URL, for every recipient"),
    (
        {"url": "https://a/b/../c"},
        "message.url: a segment of the path is '.' or '..', for every recipient",
    ),
    ({"url": "https://a/{{ userId"}, "message.url: line 1, column 14: unexpected end of .*"),
    (
        {"data": {"a": "{{ x y }}"}},
        "message.data.a: line 1, column 6: expected token .*, got 'y', near '{{ x y }}'",
    ),
    (
        {"data": {"a": "{{ 'a' | uper }}"}},
        "message.data.a: line 1, column 10: there is no filter 'uper' (did you mean 'upper'?)",
    ),
    (
        {"data": {"a": "{% if 1 is evn %}{% endif %}"}},
        "message.data.a: line 1, column 9: there is no test 'evn' (did you mean 'even'?)",
    ),
    (
        {"data": {"a": "{{ [range, userId] }}"}},
        "message.data.a: line 1, column 5: 'range' is a function, .* (write range(...))",
    ),
    (
        {"data": {"a": "{{ Citty }}"}},
        "message.data.a: there is no variable 'Citty' (did you mean 'city'?)",
    ),
    (
        {"data": {"a": "{{ userAtribute.x }}"}},
        "message.data.a: there is no variable 'userAtribute' (did you mean 'userAttribute'?)",
    ),
    (
        {"data": {"a": "{{ qqq }}"}},
        "message.data.a: there is no variable 'qqq' (an attribute is written userAttribute['qqq'])",
    ),
    (
        {"data": {"a": "{{ lipsum() }}"}},
        "message.data.a: there is no variable 'lipsum' (an attribute is written .*",
    ),
    (
        {"data": {"a": "{% include 'x' %}"}},
        "message.data.a: line 1, column 4: a message has no other templates to load",
    ),
    (
        {"data": {"a": "{{ 1 / 0 }}"}},
        "message.data.a: ZeroDivisionError in the template, for every recipient",
    ),
    ({"data": {"a": "{{ none }}"}}, "message.data.a: a value is missing, for every recipient"),
    (
        {"data": {"a": "{{ dict(a=userId, a=1) }}"}},
        "message.data.a: the template cannot be compiled (SyntaxError)",
    ),
    (
        {"body": "{% block a %}{% endblock %}{% block a %}{% endblock %}"},
        "message.body: line 1.*: block 'a' defined twice",
    ),
    ({"data": {"{{ x y }}": "a"}}, "message.data[{{ x y }}]: line 1, column 6: .*"),
    ({"body": "{{ x y }}"}, "message.body: line 1, column 6: .*"),
    (
        {"body": f"{{{{ {'(' * 500}1{')' * 500} }}}}"},
        "message.body: the template is nested too deeply",
    ),
    ({"body": f"{{{{ {'not ' * 800}1 }}}}"}, "message.body: the template is nested too deeply"),
    (
        {"headers": {"Authorization": "Bearer abc {{ x y }}"}},
        "message.headers.Authorization: template syntax error",
    ),
    (
        {"url": "https://a/?token=abc&b={{ x y }}"},
        "message.url: .* near 'https://a/?token=***&b={{ x y }}'",
    ),
    (
        {"data": {"a": "b" * 200 + "{{ x y }}"}},
        "message.data.a: .* near 'bbbbbbbbbbbbbbbbbbbb{{ x y }}'",
    ),
]


@pytest.mark.parametrize(("fields", "fault"), FAULTS)
def test_a_fault_is_told_with_its_field(fields: dict[str, object], fault: str | None):
    if fault is None:
        compiled(**fields)
        return

    with pytest.raises(AuthorMistake) as mistake:
        compiled(**fields)

    start, wild, end = fault.partition(".*")
    assert str(mistake.value) == fault if not wild else str(mistake.value).startswith(start)
    assert str(mistake.value).endswith(end)


def test_all_faults_of_a_message_are_told_at_once():
    with pytest.raises(AuthorMistake) as mistake:
        compiled(url="https://a..b/", data={"a": "{{ x }}", "b": "${UNSET}"}, body=None)

    assert [fault.field for fault in mistake.value.faults] == [
        "message.data.a",
        "message.data.b",
        "message.url",
    ]


def test_a_message_names_the_columns_it_reads():
    message = compiled(
        url="https://a/{{ userAttribute.city }}",
        data={"a": "{{ userAttribute.name | default('x') }}", "{{ userAttribute.key }}": ""},
        headers={"X-A": "{{ userAttribute.city | default('x') }}"},
    )

    assert message.attributes == frozenset({"city", "name", "key"})
    assert message.guarded == {"name"}


def test_a_computed_name_reads_every_column():
    assert compiled(body="{{ userAttribute | tojson }}").attributes is EVERYTHING


@pytest.mark.parametrize(
    ("url", "one_host"),
    [
        ("https://a/", True),
        ("https://a/{{ userId }}", True),
        ("https://{{ userId }}.a/", False),
        ("https://a{{ userId }}", False),
    ],
)
def test_a_message_knows_whether_all_of_it_goes_to_one_host(url: str, one_host: bool):
    assert compiled(url=url).one_host is one_host


def test_a_column_that_is_not_there_is_a_mistake_unless_it_is_guarded_everywhere():
    message = compiled(
        data={
            "a": "{{ userAttribute.Name }}",
            "b": "{{ userAttribute.town | default('x') }}",
            "c": "{{ userAttribute.city }}",
        }
    )

    faults = message.faults_against({"name", "city"})
    warnings = message.warnings_against({"name", "city"})

    assert [str(fault) for fault in faults] == [
        "message.data.a: 'Name' is not a column of the user table (did you mean 'name'?)"
    ]
    assert [str(fault) for fault in warnings] == [
        "message.data.b: 'town' is not a column of the user table"
    ]


def test_every_attempt_has_the_same_bytes():
    fields = {"data": {"a": "{{ [1, 2, 3] | random }} {{ now }}"}, "headers": {"X": "{{ userId }}"}}
    recipient = Recipient("7", {}, "wh_1")

    first, second = compiled(**fields), compiled(**fields)

    assert first.render(recipient) == first.render(recipient) == second.render(recipient)


def test_now_is_the_start_of_the_run_in_either_form():
    message = Message(url="https://a/", data={"at": "{{ now }}"})

    bodies = {
        compile_message(message, environ={}, now=now).content.whole
        for now in (NOW, NOW.timestamp())
    }

    assert bodies == {b'{"at":"2026-01-01T00:00:00+00:00"}'}


def test_a_preview_shows_asterisks_for_secrets():
    message = Message(
        url="https://crm:${A}@${HOST}:${PORT}/{{ userId }}?key=${B}",
        headers={"X-Api-Key": "${C}"},
        body='{"n": ${NUMBER}}',
    )

    preview = compile_message(message, environ=MaskedEnvironment(), now=NOW)
    request = preview.render(Recipient("7", {}, "wh_1"))

    assert isinstance(request, Request)
    assert request.url == "https://***:***/7?key=***"
    assert request.body == b'{"n": ***}'
    assert dict(request.headers)["X-Api-Key"] == "***"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("${BASE}", "***/"),
        ("${BASE}/{{ userId }}", "***/7"),
        ("https://a/${PATH}", "https://a/***"),
    ],
)
def test_a_preview_shows_asterisks_for_the_whole_origin(url: str, shown: str):
    preview = compile_message(Message(url=url), environ=MaskedEnvironment(), now=NOW)

    request = preview.render(Recipient("7", {}, "wh_1"))

    assert isinstance(request, Request)
    assert request.url == shown


def test_a_secret_is_in_no_repr_reason_or_fault():
    fields = {
        "url": "https://crm:${SECRET}@crm.example.com/${SECRET}/{{ userAttribute.x }}",
        "headers": {"Authorization-2": "Bearer ${SECRET}"},
        "data": {"a": "${SECRET}{{ userAttribute.y + '${SECRET}' }}"},
    }
    message = compiled(**fields)

    sent = message.render(Recipient("7", {"x": "1", "y": "2"}, "wh_1"))
    missing = message.render(Recipient("7", {"x": SECRET, "y": None}, "wh_1"))
    broken = message.render(Recipient("7", {"x": SECRET, "y": [SECRET]}, "wh_1"))

    shown = [repr(each) for each in (message, message.language, message.address, sent, missing)]
    shown += [repr(message.texts), repr(message.headers), str(sent), repr(broken)]
    assert isinstance(sent, Request)
    assert SECRET.encode() in sent.body
    assert not [each for each in shown if SECRET in each]
    assert missing == Suppressed("data.a: userAttribute.y is missing")
    assert broken == Suppressed("data.a: TypeError in the template")


def test_a_recipients_attributes_are_not_in_its_repr():
    assert "Mary" not in repr(Recipient("7", {"name": "Mary"}, "wh_1"))
