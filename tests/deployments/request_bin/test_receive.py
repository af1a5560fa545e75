"""What is sent to the receiver is recorded exactly, and answered as the script says."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from deployments.request_bin.faults import place
from deployments.request_bin.server import RunningBin

# Made once: httpx makes one for each call otherwise, which takes longer than the request.
TLS = ssl.create_default_context()


def post(receiver: RunningBin, name: str, webhook_id: str = "", body: bytes = b"{}") -> int:
    headers = {"webhook-id": webhook_id} if webhook_id else {}
    answer = httpx.post(receiver.in_url(name), content=body, headers=headers, verify=TLS)
    return answer.status_code


def connect(receiver: RunningBin) -> socket.socket:
    where = urlsplit(receiver.url)
    return socket.create_connection((where.hostname or "", where.port or 0), timeout=20)


def until(true: Callable[[], bool]) -> None:
    """Ask again and again; pytest's time-out ends what never comes true."""
    while not true():
        pass


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_any_method_is_recorded(receiver: RunningBin, method: str) -> None:
    name = f"method-{method}"

    answer = httpx.request(method, receiver.in_url(name), headers={"X-One": "1"})

    (recorded,) = receiver.requests(name)
    assert (answer.status_code, recorded.method) == (200, method)
    assert answer.text == ("" if method == "HEAD" else '{"received":true}')
    assert ("x-one", "1") in recorded.headers


@pytest.mark.parametrize(
    "rest", ["", "/", "/users/7/offers", "/%2e%2E/%2F/b?", "?a=%20+&a=%C3%BC&b", "/a//b/?x=/in/y?z"]
)
def test_path_and_query_are_recorded_as_sent(receiver: RunningBin, rest: str) -> None:
    receiver.clear("raw")

    with connect(receiver) as wire:
        wire.sendall(
            f"POST /in/raw{rest} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        )
        answered = wire.makefile("rb").read()

    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [one.target.decode() for one in receiver.requests("raw")] == [f"/in/raw{rest}"]


def test_repeated_headers_are_recorded_in_order(receiver: RunningBin) -> None:
    sent = [("X-B", "2"), ("X-A", "caf\xe9"), ("X-B", "1: b")]

    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent]
    httpx.get(receiver.in_url("headers"), headers=raw)

    (recorded,) = receiver.requests("headers")
    assert [pair for pair in recorded.headers if pair[0].startswith("x-")] == [
        (name.lower(), value) for name, value in sent
    ]


@pytest.mark.parametrize("body", [b"", "Zoë".encode(), bytes(range(256)), b"{\r\n}\x00"])
def test_bodies_are_recorded_to_the_byte(receiver: RunningBin, body: bytes) -> None:
    post(receiver, "body", body=body)

    assert receiver.requests("body")[-1].body == body


def test_a_long_body_is_cut_and_says_so(receiver: RunningBin) -> None:
    post(receiver, "long", body=b"x" * 100_000)

    (recorded,) = receiver.requests("long")
    assert (recorded.body, recorded.size, recorded.truncated) == (b"x" * 1000, 100_000, True)


def test_a_chunked_body_is_recorded_whole(receiver: RunningBin) -> None:
    httpx.post(receiver.in_url("chunked"), content=iter([b"one ", b"two ", b"three"]))

    assert receiver.requests("chunked")[0].body == b"one two three"


def test_attempts_of_a_webhook_id_are_counted(receiver: RunningBin) -> None:
    for webhook_id in ("a", "b", "a"):
        post(receiver, "attempts", webhook_id)

    assert [one.attempt for one in receiver.requests("attempts")] == [1, 1, 2]
    assert [one.attempt for one in receiver.requests("attempts", webhook_id="a")] == [1, 2]


def test_gaps_can_be_measured_on_the_monotonic_clock(receiver: RunningBin) -> None:
    receiver.script("gaps", ["delay=0.05"])
    for _ in range(2):
        post(receiver, "gaps", "a")

    one, two = receiver.requests("gaps")
    assert one.answered is not None
    assert one.answered - one.monotonic > 0.04
    assert two.monotonic >= one.answered
    assert two.at > one.at


def test_a_request_that_never_arrived_whole_is_not_received(receiver: RunningBin) -> None:
    with connect(receiver) as wire:
        wire.sendall(b"POST /in/broken HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234")

    def incomplete() -> int:
        told: int = httpx.get(f"{receiver.page_url('broken')}.json").json()["incomplete"]
        return told

    until(lambda: incomplete() == 1)
    assert receiver.received("broken") == 0


@pytest.mark.parametrize("path", ["/in/", "/in/a%20b", "/in/x.json/y", "/in/%ff"])
def test_a_name_that_no_bin_can_have_is_told(receiver: RunningBin, path: str) -> None:
    answer = httpx.post(receiver.url + path)

    assert answer.status_code == 404
    assert answer.json()["fault"].startswith("send to /in/<name>; a name has letters, digits")


def test_the_first_attempts_of_each_webhook_id_fail(receiver: RunningBin) -> None:
    receiver.script("first", ["first=2 status=503"])

    codes = [post(receiver, "first", webhook_id) for webhook_id in "aabaabb"]

    assert codes == [503, 503, 503, 200, 200, 503, 200]


def test_a_share_of_the_webhook_ids_fails(receiver: RunningBin) -> None:
    receiver.script("share", ["share=0.3 status=500", "share=0.3 offset=0.3 status=404"])
    webhook_ids = [f"id-{number}" for number in range(40)]

    codes = {webhook_id: post(receiver, "share", webhook_id) for webhook_id in webhook_ids}

    assert codes == {
        webhook_id: 500 if place(webhook_id) < 0.3 else 404 if place(webhook_id) < 0.6 else 200
        for webhook_id in webhook_ids
    }
    assert set(codes.values()) == {200, 404, 500}


def test_without_a_webhook_id_the_path_stands_for_it(receiver: RunningBin) -> None:
    receiver.script("path", ["first=1 status=503"])
    urls = [f"{receiver.in_url('path')}/{path}" for path in ("a", "a?x=1", "b", "b")]

    assert [httpx.get(url).status_code for url in urls] == [503, 200, 503, 200]


def test_a_fault_picks_requests_by_path_and_body(receiver: RunningBin) -> None:
    receiver.script("pieces", ["path=/vip status=500", "body=Mary status=404"])
    url = receiver.in_url("pieces")

    codes = [
        httpx.post(f"{url}/vip", content="Mary").status_code,
        httpx.post(url, content="Mary").status_code,
        httpx.post(url, content="Tom").status_code,
    ]

    assert codes == [500, 404, 200]


@pytest.mark.parametrize("status", [200, 201, 204, 205, 301, 304, 404, 409, 429, 500, 503, 599])
def test_any_status_can_be_answered_and_the_connection_goes_on(
    receiver: RunningBin, status: int
) -> None:
    receiver.script("status", [{"status": status, "headers": {"X-Why": "script"}}])

    with httpx.Client() as client:
        answers = [client.post(receiver.in_url("status"), content=b"{}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [status, status]
    assert answers[1].headers["x-why"] == "script"
    assert receiver.requests("status")[-1].label == str(status)


def test_retry_after_and_body_are_answered_and_recorded(receiver: RunningBin) -> None:
    receiver.script("later", ["status=429 retry_after=7 answer='not now'"])

    answer = httpx.post(receiver.in_url("later"))

    assert (answer.status_code, answer.text) == (429, "not now")
    assert answer.headers["retry-after"] == "7"
    (recorded,) = receiver.requests("later")
    assert recorded.answer is not None
    assert ("retry-after", "7") in recorded.answer.headers


def test_a_closed_connection_is_a_reset_before_any_answer(receiver: RunningBin) -> None:
    receiver.script("close", ["close"])

    with connect(receiver) as wire:
        wire.sendall(b"POST /in/close HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
        with pytest.raises(ConnectionResetError):
            wire.recv(1)

    assert [one.label for one in receiver.requests("close")] == ["closed"]


def test_a_truncated_answer_ends_in_the_middle_of_its_body(receiver: RunningBin) -> None:
    receiver.script("cut", ["truncate status=201 answer=0123456789"])

    with connect(receiver) as wire:
        wire.sendall(b"POST /in/cut HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
        answered = wire.makefile("rb").read()

    assert b"content-length: 10\r\n" in answered
    assert answered.endswith(b"\r\n\r\n01234")
    (recorded,) = receiver.requests("cut")
    assert (recorded.label, recorded.answer and recorded.answer.status) == ("cut short", 201)


@pytest.mark.parametrize("fault", ["hang", "delay=60 status=503", "delay=60 close"])
def test_a_client_that_does_not_wait_is_recorded_as_left(receiver: RunningBin, fault: str) -> None:
    receiver.clear("left")
    receiver.script("left", [fault])

    with connect(receiver) as wire:
        wire.sendall(b"GET /in/left HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: receiver.received("left") == 1)
        assert receiver.requests("left")[0].label == "waiting"

    until(lambda: receiver.requests("left")[0].label == "client left")


def test_others_are_answered_while_one_hangs(receiver: RunningBin) -> None:
    receiver.script("busy", ["path=/slow hang"])

    with connect(receiver) as wire:
        wire.sendall(b"GET /in/busy/slow HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: receiver.received("busy") == 1)
        code = post(receiver, "busy")

    assert code == 200


def test_emptying_a_bin_while_a_request_waits_counts_it_nowhere(receiver: RunningBin) -> None:
    receiver.script("emptied", ["path=/slow hang"])
    with connect(receiver) as wire:
        wire.sendall(b"GET /in/emptied/slow HTTP/1.1\r\nHost: a\r\n\r\n")
        until(lambda: receiver.received("emptied") == 1)
        receiver.clear("emptied")

    post(receiver, "emptied")

    told = httpx.get(f"{receiver.page_url('emptied')}.json").json()
    assert (told["received"], told["answers"]) == (1, {"200": 1})
    assert json.loads(told["requests"][0]["body"]) == {}
