"""Faults read from JSON and from the command line, and everything that can be wrong in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from blocks.mistake import AuthorMistake
from deployments.request_bin.faults import How, ScriptedFault
from deployments.request_bin.script import (
    fault_fields,
    fault_text,
    parse_fault,
    read_fault,
    read_faults,
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "first=2 status=503 retry_after=1 share=0.05",
            ScriptedFault(first=2, status=503, retry_after=1, share=0.05),
        ),
        ("close path=/x", ScriptedFault(how=How.CLOSE, path="/x")),
        ("how=hang body='a b'", ScriptedFault(how=How.HANG, body="a b")),
        ("truncate answer='{\"a\": 1}'", ScriptedFault(how=How.TRUNCATE, answer='{"a": 1}')),
        ("delay=1.5", ScriptedFault(delay=1.5)),
        ("delay=2 share=1", ScriptedFault(delay=2, share=1)),
        ("status=429 retry_after=date+5", ScriptedFault(status=429, retry_after="date+5")),
        ("status=429 retry_after=0.5", ScriptedFault(status=429, retry_after="0.5")),
        (
            "status=301 header=Location:http://x/y 'header=X-Why: a b'",
            ScriptedFault(status=301, headers=(("Location", "http://x/y"), ("X-Why", "a b"))),
        ),
        (
            "status=500 share=0.1 offset=0.9 salt=5",
            ScriptedFault(status=500, share=0.1, offset=0.9, salt="5"),
        ),
    ],
)
def test_a_fault_is_read_from_the_command_line(text: str, fault: ScriptedFault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("first=2 sttaus=503", "sttaus: is no field of a fault (did you mean 'status'?)"),
        ("qqqq=1", "qqqq: is no field of a fault (known: first, share, offset, salt, path, body"),
        ("first=0 close", "first: must be 1 to 1000000000, not 0"),
        ("first=x close", "first: must be a whole number, not 'x'"),
        ("share=1.5 close", "share: must be 0 to 1, not 1.5"),
        ("share=nan close", "share: must be a number, not 'nan'"),
        ("share=0.6 offset=0.5 close", "share: and offset together are more than 1"),
        ("offset=0.5 close", "offset: has no use without share"),
        ("salt=a close", "salt: has no use without share"),
        ("status=100", "status: must be 200 to 599, not 100"),
        ("status=204 answer=x", "status: 204 has no body to send or to cut"),
        ("status=304 truncate", "status: 304 has no body to send or to cut"),
        ("truncate answer=x", "answer: needs two bytes at least to be truncated"),
        ("close status=503", "status: has no use with close"),
        ("hang retry_after=1", "retry_after: has no use with hang"),
        ("first=2", "says which requests, but not what happens to them (give status, delay, close"),
        ("status=429 retry_after=date+x", "retry_after: must be date+ and whole seconds, not"),
        ("status=429 retry_after=99999999999", "retry_after: must be 0 to 1000000000, not"),
        ("how=explode", "how: must be one of answer, close, hang, truncate, not 'explode'"),
        ("clsoe", "clsoe: is not of the form field=value (did you mean 'close'?)"),
        ("first=1 first=2 close", "first: is given twice"),
        ("close hang", "how: is given twice"),
        ("status=500 headers=a", "headers: is written header=Name:value here"),
        ("status=500 'header=a b:c'", "headers: has a name that no header can have: 'a b'"),
        ("status=500 header=Content-Length:5", "headers: cannot give Content-Length: the server"),
        ("delay=601", "delay: must be 0 to 600, not 601"),
        ("path='a close", "'path='a close' cannot be read: No closing quotation"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(text: str, told: str) -> None:
    with pytest.raises(AuthorMistake) as caught:
        parse_fault(text)

    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"faults": []}, "faults: must be a list, not {'faults': []}"),
        (None, "faults: must be a list, not nothing"),
        ([7], "faults[0]: a fault must be an object, not 7"),
        ([{"status": True}], "faults[0].status: must be a whole number, not True"),
        ([{"share": True, "status": 500}], "faults[0].share: must be a number, not True"),
        ([{"share": "1", "status": 500}], "faults[0].share: must be a number, not '1'"),
        ([{"path": 1, "status": 500}], "faults[0].path: must be text, not 1"),
        ([{"body": "\ud800", "status": 500}], "faults[0].body: must be text that UTF-8 can write"),
        ([{"status": 429, "retry_after": None}], "faults[0].retry_after: must be a whole number"),
        ([{"status": 429, "retry_after": "a\nb"}], "faults[0].retry_after: has a character that"),
        ([{"headers": 5}], "faults[0].headers: must be an object of names and texts, not 5"),
        ([{"headers": ["ab"]}], "faults[0].headers: must be pairs of a name and a text"),
        ([{"headers": {"X": "\r\nY: z"}}, "close"], ""),
        ([{"headers": {"X": "a\r\nY: z"}}], "faults[0].headers: has a character that no header"),
    ],
)
def test_json_is_checked_as_strictly(given_: Any, told: str) -> None:
    if not told:
        assert len(read_faults(given_)) == 2
        return
    with pytest.raises(AuthorMistake) as caught:
        read_faults(given_)

    assert str(caught.value).startswith(told)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(AuthorMistake) as caught:
        read_faults([{"first": 1, "status": 500}, {"frist": 1, "share": 2}, {"status": 99}])

    assert [fault.field for fault in caught.value.faults] == [
        "faults[1].frist",
        "faults[1].share",
        "faults[2].status",
    ]


def test_a_script_mixes_faults_texts_and_objects() -> None:
    fault = ScriptedFault(status=500)

    assert read_faults([fault, "status=500", {"status": 500}]) == (fault, fault, fault)


@pytest.mark.parametrize("text", ["first=1 close", "path=/x hang delay=1.0"])
def test_a_fault_without_an_answer_is_written_down_without_a_status(text: str) -> None:
    assert parse_fault(fault_text(parse_fault(text))) == parse_fault(text)
    assert "status" not in fault_fields(parse_fault(text))


def test_a_fault_that_answers_200_shields_from_the_next_ones() -> None:
    shield = ScriptedFault(path="/fine")

    assert fault_fields(shield) == {"path": "/fine", "status": 200}
    assert read_fault(shield) == shield


_texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=8)
_shares = some.integers(0, 100).map(lambda hundredth: hundredth / 100)
_header_texts = some.text("abc :=' é\"", max_size=6).map(str.strip)
_faults = some.builds(
    ScriptedFault,
    first=some.none() | some.integers(1, 9),
    share=_shares,
    offset=_shares,
    salt=_texts,
    path=_texts,
    body=_texts,
    how=some.sampled_from([How.ANSWER, How.TRUNCATE]),
    status=some.sampled_from([200, 404, 429, 503, 599]),
    retry_after=some.none() | some.integers(0, 99) | some.sampled_from(["date+3", "soon", "1.5"]),
    headers=some.lists(some.tuples(some.sampled_from(["X-A", "b"]), _header_texts)).map(tuple),
    answer=some.none() | _texts,
    delay=_shares,
)


@given(fault=_faults)
def test_a_fault_survives_being_written_down(fault: ScriptedFault) -> None:
    assume((fault.share or 0) + fault.offset <= 1)
    assume(fault.how is How.ANSWER or fault.answer is None or len(fault.answer) > 1)

    assert parse_fault(fault_text(fault)) == fault
    assert read_fault(json.loads(json.dumps(fault_fields(fault)))) == fault
