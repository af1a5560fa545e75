"""Which scripted fault a request meets, and what it is answered."""

from __future__ import annotations

import pytest

from deployments.request_bin.faults import (
    CLOSED,
    RECEIVED,
    How,
    ScriptedFault,
    answer_to,
    first_match,
    place,
)

NOON = 1_800_000_000.25
IDS = [f"msg_{number}" for number in range(10_000)]


def met(fault: ScriptedFault, **request: object) -> bool:
    asked = {"key": "msg_1", "attempt": 1, "target": b"/in/a/users/7?x=1", "body": b"{}"} | request
    return first_match([fault], **asked) is fault


@pytest.mark.parametrize(
    ("fault", "request_", "expected"),
    [
        (ScriptedFault(), {}, True),
        (ScriptedFault(first=2), {"attempt": 2}, True),
        (ScriptedFault(first=2), {"attempt": 3}, False),
        (ScriptedFault(path="/users/7?x"), {}, True),
        (ScriptedFault(path="/users/8"), {}, False),
        (ScriptedFault(body="Zoë"), {"body": "{Zoë}".encode()}, True),
        (ScriptedFault(body="Zoë"), {"body": b"Zo"}, False),
        (ScriptedFault(share=1), {}, True),
        (ScriptedFault(share=0), {}, False),
        (ScriptedFault(first=1, share=1, path="/in", body="{"), {}, True),
        (ScriptedFault(first=1, share=0, path="/in", body="{"), {}, False),
    ],
)
def test_a_fault_is_met_when_all_its_conditions_hold(
    fault: ScriptedFault, request_: dict[str, object], expected: bool
) -> None:
    assert met(fault, **request_) is expected


def test_the_first_matching_fault_wins() -> None:
    never, first, second = ScriptedFault(path="no"), ScriptedFault(), ScriptedFault(status=503)

    found = first_match([never, first, second], key="a", attempt=1, target=b"/", body=b"")

    assert found is first


def test_without_a_matching_fault_there_is_none() -> None:
    assert first_match([], key="a", attempt=1, target=b"/", body=b"") is None


def test_a_share_hits_about_so_many_ids_and_always_the_same() -> None:
    fault = ScriptedFault(share=0.05)

    hit = [key for key in IDS if met(fault, key=key)]

    assert 400 < len(hit) < 600
    assert hit == [key for key in IDS if met(fault, key=key)]


def test_shares_at_different_offsets_hit_different_ids() -> None:
    shares = [ScriptedFault(share=0.25, offset=offset) for offset in (0, 0.25, 0.5, 0.75)]

    hits = [sum(met(share, key=key) for share in shares) for key in IDS]

    assert set(hits) == {1}


def test_another_salt_draws_other_ids() -> None:
    plain, salted = ScriptedFault(share=0.5), ScriptedFault(share=0.5, salt="b")

    both = sum(met(plain, key=key) and met(salted, key=key) for key in IDS)

    assert 2300 < both < 2700


def test_the_place_of_an_id_never_changes() -> None:
    assert place("msg_1") == 0.8021675794450817
    assert place("msg_1", salt="b") == 0.7297636022490708


def test_a_request_without_a_fault_is_answered_200() -> None:
    assert answer_to(None, now=NOON) is RECEIVED


@pytest.mark.parametrize("how", [How.CLOSE, How.HANG])
def test_a_fault_may_give_no_answer(how: How) -> None:
    assert answer_to(ScriptedFault(how=how), now=NOON) is CLOSED


@pytest.mark.parametrize(
    ("wanted", "header"),
    [(3, "3"), ("date+2", "Fri, 15 Jan 2027 08:00:03 GMT"), ("soon", "soon"), (None, None)],
)
def test_retry_after_is_seconds_a_date_or_any_text(
    wanted: int | str | None, header: str | None
) -> None:
    answer = answer_to(ScriptedFault(status=503, retry_after=wanted), now=NOON)

    assert dict(answer.headers).get("retry-after") == header


@pytest.mark.parametrize(
    ("fault", "label", "content_type", "body"),
    [
        (ScriptedFault(status=503), "503", "application/json", b'{"scripted":503}'),
        (ScriptedFault(answer="no"), "200", "text/plain; charset=utf-8", b"no"),
        (ScriptedFault(answer="<a/>", headers=(("Content-Type", "x/y"),)), "200", "x/y", b"<a/>"),
        (ScriptedFault(status=204), "204", None, b""),
        (ScriptedFault(how=How.TRUNCATE), "cut short", "application/json", b'{"scripted":200}'),
    ],
)
def test_an_answer_has_a_body_and_its_content_type(
    fault: ScriptedFault, label: str, content_type: str | None, body: bytes
) -> None:
    answer = answer_to(fault, now=NOON)

    types = [value for name, value in answer.headers if name.lower() == "content-type"]
    assert (answer.label, answer.body) == (label, body)
    assert types == ([content_type] if content_type else [])


def test_equal_answers_are_one_object_in_memory() -> None:
    fault = ScriptedFault(status=503, retry_after="date+2")

    assert answer_to(fault, now=NOON) is answer_to(fault, now=NOON + 0.5)
