"""The receiver of the benchmarks counts what arrives and answers as it is told."""

import json
import zlib

import pytest

from benchmarks.sink import Sink
from benchmarks.sink_protocol import BUSY, NO_LENGTH, OK, Connection, Tally


class Wire:
    """A transport that keeps what is written to it."""

    def __init__(self):
        self.written = b""
        self.closed = False

    def write(self, data):
        self.written += data

    def close(self):
        self.closed = True


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def connection(sink, wire):
    connection = sink.connection()
    connection.connection_made(wire)
    return connection


def request(webhook_id: str, body: bytes = b"{}") -> bytes:
    head = f"POST /hooks HTTP/1.1\r\nHost: x\r\nWebhook-Id: {webhook_id}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def test_requests_are_counted_however_they_are_cut(connection: Connection, sink: Sink, wire: Wire):
    stream = request("a") + request("b", b"\r\n\r\n") + request("a")

    for at in range(0, len(stream), 7):
        connection.data_received(stream[at : at + 7])

    assert wire.written == OK * 3
    assert sink.stats()["requests"] == 3
    assert sink.stats()["distinct"] == 2


def test_a_share_of_the_ids_is_busy_the_first_time_only():
    tally = Tally(busy=0.2)
    ids = [f"msg_{number}".encode() for number in range(2_000)]

    first = [tally.answer(one)[0] for one in ids]
    again = [tally.answer(one)[0] for one in ids]

    assert first.count(BUSY) == tally.answered_busy == pytest.approx(400, abs=60)
    assert set(again) == {OK}


def test_a_share_of_the_ids_is_slow_every_time():
    tally = Tally(slow=0.1, delay=2.0)
    ids = [f"msg_{number}".encode() for number in range(2_000)]

    first, again = ([tally.answer(one)[1] for one in ids] for _ in range(2))

    assert first == again
    assert first.count(2.0) == pytest.approx(200, abs=50)
    assert set(first) == {0.0, 2.0}


def test_slow_and_busy_are_independent():
    tally = Tally(busy=0.5, slow=0.5)

    answers = [tally.answer(f"msg_{number}".encode()) for number in range(2_000)]

    for answer in (BUSY, OK):
        for delay in (0.0, 2.0):
            assert answers.count((answer, delay)) == pytest.approx(500, abs=100)


def test_a_request_without_an_id_is_counted_apart(connection, sink):
    connection.data_received(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")

    assert (sink.stats()["without_id"], sink.stats()["distinct"]) == (1, 0)


def test_a_body_of_unknown_length_is_refused(connection, wire):
    connection.data_received(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")

    assert (wire.written, wire.closed) == (NO_LENGTH, True)


def test_a_reset_forgets_and_sets_the_faults(connection, sink, wire):
    connection.data_received(request("a"))
    wire.written = b""

    connection.data_received(b"GET /-/reset?busy=1 HTTP/1.1\r\n\r\n")
    told = json.loads(wire.written.split(b"\r\n\r\n", 1)[1])
    connection.data_received(request("a"))

    assert (told["requests"], told["busy"]) == (0, 1.0)
    assert wire.written.endswith(BUSY)


def test_the_faults_are_the_same_in_every_process():
    # crc32, not hash(), which is salted anew in each
    busiest = min((f"msg_{n}".encode() for n in range(500)), key=lambda one: zlib.crc32(one) % 1000)

    assert Tally(busy=0.01).answer(busiest)[0] == BUSY
