"""What a message is likely to get wrong."""

import pandas as pd

from blocks.message import Message
from blocks.mistake import Fault
from tasks.check.lint import blank_shares, findings_of, lint
from tasks.render.message import compile_message


def told(blanks=None, **fields):
    message = Message(**{"url": "https://h.example/", **fields})
    compiled = compile_message(message, environ={}, now=0.0)
    return [str(finding) for finding in lint(message, compiled, blanks or {})]


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


def test_blanks_are_shares_of_the_columns_that_have_any():
    assert blank_shares(pd.DataFrame({"a": [1, None], "b": [1, 2]})) == {"a": 0.5}


def test_mistakes_are_errors_with_their_hints():
    faults = (Fault("f", "wrong", hint="right"), Fault("g", "wrong"))

    assert [str(finding) for finding in findings_of(faults)] == [
        "error: f: wrong (right)",
        "error: g: wrong",
    ]
