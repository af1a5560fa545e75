"""One exchange with a receiver, over real sockets."""

import asyncio
import contextlib
import time

import httpx
import pytest
from pyreqwest.exceptions import Cause
from pyreqwest.exceptions import RequestError as PyreqwestRequestError

from tasks.render.request import Request
from tasks.send.client import _as_httpx
from tasks.send.decision import Answered, Broken
from tasks.send.transport import exchange, open_transport

ANSWER = "no such\n customer, key hunter2 " + "x" * 500


def request(url, *, method="POST", body=b'{"a":"1"}', authorization=None):
    headers = (("content-type", "application/json"), ("webhook-id", "msg_1"), ("x-one", "eins"))
    return Request(method, url, headers, body, authorization)


async def made(transport, a_request, *, timeout=5.0, mask=str):
    return await exchange(transport, a_request, timeout=timeout, clock=time.time, mask=mask)


@pytest.fixture
async def transport():
    async with open_transport(timeout=5) as opened:
        yield opened


@contextlib.asynccontextmanager
async def raw_server(answer):
    """Answer each connection with bytes of one's own, then do what `answer` does."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def test_the_bytes_and_headers_arrive_as_they_were_rendered(transport, receiver):
    url = receiver.in_url("crm") + "/a%20b%2Fc%2B1?q=%C3%A9&x=%41"

    done = await made(transport, request(url, authorization="Basic Y3JtOnB3"))

    (received,) = receiver.requests("crm")
    headers = dict(received.headers)
    assert done.result == Answered(200)
    assert done.started_at <= done.ended_at
    assert received.body == b'{"a":"1"}'
    assert received.target.decode() == "/in/crm/a%20b%2Fc%2B1?q=%C3%A9&x=%41"
    assert headers["authorization"] == "Basic Y3JtOnB3"
    assert headers["webhook-id"] == "msg_1"
    assert headers["x-one"] == "eins"
    assert "cookie" not in headers
    assert "accept-encoding" not in headers


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "PATCH", "DELETE"])
async def test_every_method_is_sent_as_it_is(transport, receiver, method):
    body = b"" if method in {"GET", "DELETE"} else b"{}"

    await made(transport, request(receiver.in_url("crm"), method=method, body=body))

    (received,) = receiver.requests("crm")
    assert (received.method, received.body) == (method, body)


async def test_a_redirect_is_an_answer_and_not_followed(transport, receiver):
    receiver.script("crm", [f"status=301 header=Location:{receiver.in_url('elsewhere')}"])

    done = await made(transport, request(receiver.in_url("crm")))

    assert done.result.status == 301
    assert receiver.received("elsewhere") == 0


async def test_retry_after_is_read(transport, receiver):
    receiver.script("crm", ["status=429 retry_after=7"])

    done = await made(transport, request(receiver.in_url("crm")))

    assert done.result.retry_after == 7


async def test_the_start_of_a_refusal_is_kept_in_one_line_without_secrets(transport, receiver):
    receiver.script("crm", [{"status": 404, "answer": ANSWER}])

    done = await made(
        transport, request(receiver.in_url("crm")), mask=lambda text: text.replace("hunter2", "***")
    )

    assert done.result.detail.startswith("no such customer, key *** xxx")
    assert len(done.result.detail) == 200


async def test_a_receiver_that_hangs_may_have_received_it(transport, receiver):
    receiver.script("crm", ["hang"])

    done = await made(transport, request(receiver.in_url("crm")), timeout=0.2)

    assert done.result == Broken("read timeout", maybe_received=True)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_closed_connection_may_have_received_it_and_is_one_attempt(
    transport, receiver, method
):
    await made(transport, request(receiver.in_url("crm"), method=method))
    receiver.script("crm", ["close"])

    done = await made(transport, request(receiver.in_url("crm"), method=method))

    assert done.result == Broken("connection closed", maybe_received=True)
    assert receiver.received("crm") == 2


async def test_a_refused_connection_has_received_nothing(transport):
    async with raw_server(lambda _reader, writer: writer.close()) as url:
        pass

    done = await made(transport, request(url))

    assert done.result == Broken("connection refused", maybe_received=False)


async def test_a_host_without_address_has_received_nothing(transport):
    done = await made(transport, request("http://no-such-host.invalid/"))

    assert done.result == Broken("host not found", maybe_received=False)


async def test_what_is_no_http_is_told_as_that(transport):
    async def talk_nonsense(_reader, writer):
        writer.write(b"220 smtp ready\r\n")
        await writer.drain()
        writer.close()

    async with raw_server(talk_nonsense) as url:
        done = await made(transport, request(url))

    assert done.result.error.startswith("protocol error")
    assert done.result.maybe_received


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("received unexpected message from connection", httpx.RemoteProtocolError),
        ("invalid HTTP version parsed", httpx.RemoteProtocolError),
        ("connection closed before message completed", httpx.ReadError),
    ],
)
def test_what_broke_on_a_connection_is_told_apart_by_the_clients_words(told, kind):
    causes: list[Cause] = [{"message": "client error (SendRequest)"}, {"message": told}]
    error = PyreqwestRequestError("error sending request", {"causes": causes})

    found = _as_httpx(error, httpx.Request("POST", "http://h.example/"))

    assert type(found) is kind


async def test_tls_that_is_none_has_received_nothing(transport, receiver):
    url = receiver.in_url("crm").replace("http://", "https://")

    done = await made(transport, request(url))

    assert done.result == Broken("TLS failed", maybe_received=False)
    assert receiver.received("crm") == 0


async def test_a_status_is_the_answer_even_if_its_body_breaks_off(transport, receiver):
    receiver.script("crm", ["truncate"])

    done = await made(transport, request(receiver.in_url("crm")))

    assert done.result == Answered(200)


async def test_a_body_that_drips_past_the_time_out_does_not_change_the_answer(transport):
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 1000\r\n\r\nwait")
        await writer.drain()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with raw_server(drip) as url:
        done = await made(transport, request(url), timeout=0.3)

    assert done.result == Answered(503, detail="wait")


async def test_an_endless_body_is_not_read_to_its_end(transport):
    async def pour(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()

    async with raw_server(pour) as url:
        done = await made(transport, request(url))

    assert done.result.status == 500


async def test_a_post_without_a_body_says_so(transport):
    heads = []

    async def keep(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with raw_server(keep) as url:
        await made(transport, request(url, body=b""))

    assert b"content-length: 0\r\n" in heads[0].lower()


async def test_a_header_that_is_no_text_is_as_none(transport):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 429 No\r\nretry-after: \xe9\xff\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with raw_server(answer) as url:
        done = await made(transport, request(url))

    assert done.result == Answered(429)


async def test_the_transport_serves_a_plain_httpx_client_as_well(transport, receiver):
    client = httpx.AsyncClient(transport=transport)

    answer = await client.post(receiver.in_url("crm"), json={"a": 1})

    (received,) = receiver.requests("crm")
    assert answer.status_code == 200
    assert "content-type" in answer.headers
    assert received.body == b'{"a":1}'


async def test_cookies_of_one_answer_do_not_travel_with_the_next_request(transport, receiver):
    receiver.script("crm", ["status=200 header=Set-Cookie:session=ada"])
    await made(transport, request(receiver.in_url("crm")))

    await made(transport, request(receiver.in_url("crm")))

    assert all("cookie" not in dict(received.headers) for received in receiver.requests("crm"))
