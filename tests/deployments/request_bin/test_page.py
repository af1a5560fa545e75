"""How requests look to programs and to people."""

from __future__ import annotations

import pytest

from deployments.request_bin.faults import RECEIVED
from deployments.request_bin.page import Wanted, answers, as_json, sheet, shown_body, tone
from deployments.request_bin.record import Bin, Received


def add(found: Bin, body: bytes = b"", *, webhook_id: bytes = b"x", size: int = -1) -> Received:
    return found.add(
        at=1_800_000_000.125,
        monotonic=5.0,
        method="PUT",
        target=b"/in/a/%C3%BC?q=%20",
        headers=[(b"webhook-id", webhook_id), (b"x-b", b"two")],
        body=body,
        size=len(body) if size < 0 else size,
    )


def test_a_program_gets_everything_exactly() -> None:
    found = Bin("a")
    received = add(found, b'{"a": 1}')
    found.settle(received, RECEIVED, monotonic=5.5)

    assert as_json(received) == {
        "number": 1,
        "at": "2027-01-15T08:00:00.125+00:00",
        "time": 1_800_000_000.125,
        "monotonic": 5.0,
        "method": "PUT",
        "target": "/in/a/%C3%BC?q=%20",
        "path": "/in/a/%C3%BC",
        "query": "q=%20",
        "headers": [("webhook-id", "x"), ("x-b", "two")],
        "body": '{"a": 1}',
        "body_encoding": "utf-8",
        "body_bytes": 8,
        "truncated": False,
        "webhook_id": "x",
        "attempt": 1,
        "answer": "200",
        "status": 200,
        "answer_headers": (("content-type", "application/json"),),
        "seconds": 0.5,
    }


def test_a_request_that_waits_has_no_status_yet() -> None:
    told = as_json(add(Bin("a"), b"\xff\x00", webhook_id=b"", size=9))

    assert (told["answer"], told["status"], told["seconds"]) == ("waiting", None, None)
    assert (told["body"], told["body_encoding"]) == ("/wA=", "base64")
    assert (told["webhook_id"], told["body_bytes"], told["truncated"]) == (None, 9, True)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":["\xc3\xbc"]}', '{\n  "a": [\n    "ü"\n  ]\n}'),
        (b"first_name=Mary&last_name=Doe", "first_name=Mary&last_name=Doe"),
        (b"\xff\xfe", "base64: //4="),
        (b'"\\ud800"', '"\\ud800"'),
        (b"[" * 5000, "[" * 5000),
        (b"9" * 5000, "9" * 5000),
    ],
)
def test_a_reader_sees_json_indented_and_anything_else_as_it_is(body: bytes, shown: str) -> None:
    assert shown_body(add(Bin("a"), body)) == shown


def test_a_reader_sees_the_beginning_of_a_long_body() -> None:
    shown = shown_body(add(Bin("a"), b"x" * 20_000, size=30_000))

    assert shown.endswith("xxx\n... the JSON of this bin tells more of the 30,000 bytes")
    assert len(shown) < 17_000


def test_a_truncated_body_is_shown_as_it_is() -> None:
    assert shown_body(add(Bin("a"), b"[1,", size=9)) == "[1,"
    assert shown_body(add(Bin("a"), b"[1]", size=9)) == "[1]"


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(text="put"), True),
        (Wanted(text="%c3%bc"), True),
        (Wanted(text="X-B: TWO"), True),
        (Wanted(text="Zoë"), True),
        (Wanted(text="nowhere"), False),
        (Wanted(webhook_id="x"), True),
        (Wanted(webhook_id="y"), False),
        (Wanted(answer="waiting"), True),
        (Wanted(answer="503"), False),
        (Wanted(text="\ud800"), False),
    ],
)
def test_a_reader_filters_by_text_webhook_id_and_answer(wanted: Wanted, fits: bool) -> None:
    assert wanted.fits(add(Bin("a"), "Zoë".encode())) is fits


@pytest.mark.parametrize(
    ("page", "numbers"),
    [(1, (120, 71)), (2, (70, 21)), (3, (20, 1)), (99, (20, 1)), (0, (120, 71))],
)
def test_pages_turn_from_the_newest_to_the_oldest(page: int, numbers: tuple[int, int]) -> None:
    found = Bin("a")
    for _ in range(120):
        add(found)

    shown = sheet(found, Wanted(), page=page)

    assert (shown.rows[0].number, shown.rows[-1].number) == numbers
    assert (shown.found, shown.pages) == (120, 3)


def test_nothing_is_one_empty_page() -> None:
    shown = sheet(Bin("a"), Wanted(), page=1)

    assert (shown.rows, shown.found, shown.page, shown.pages) == ([], 0, 1, 1)


def test_links_keep_what_the_reader_looks_for() -> None:
    shown = sheet(Bin("a"), Wanted(text="a&b", answer="503"), page=1)

    assert shown.query(page=2) == "?q=a%26b&status=503&page=2"
    assert shown.query(q="", status="") == "?"


def test_answers_are_told_codes_first() -> None:
    found = Bin("a")
    found.answers.update({"waiting": 0, "closed": 1, "503": 2, "200": 3})

    assert answers(found) == [("200", 3), ("503", 2), ("closed", 1)]


def test_answers_have_colours() -> None:
    assert [tone(label) for label in ("200", "503", "waiting", "closed")] == [
        "s2",
        "s5",
        "wait",
        "gone",
    ]
