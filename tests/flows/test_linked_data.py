"""Linked data is fetched when a message is sent, and frozen for every further attempt."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import hookline
from blocks.delivery_log import DeliveryLog
from flows.dry_run_campaign import dry_run_campaign
from flows.resend_failed import resend_failed
from flows.send_campaign import send_campaign
from tasks.log import queries, runs

SECRET = "pl4nted-linked-t0ken"


class Quotes(ThreadingHTTPServer):
    """Answers a price that rises with every request; knows no stock called NONE."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Quote)
        self.asked = []
        self.authorizations = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/quote/{{}}?token=${{QUOTES_TOKEN}}"


class Quote(BaseHTTPRequestHandler):
    server: Quotes

    def do_GET(self):
        stock = self.path.partition("?")[0].rpartition("/")[2]
        self.server.asked.append(stock)
        self.server.authorizations.add(self.headers["Authorization"])
        body = json.dumps({"stock": stock, "price": len(self.server.asked)}).encode()
        self.send_response(404 if stock == "NONE" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep the tests quiet."""


@pytest.fixture
def quotes():
    server = Quotes()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def campaign(quotes, receiver, write_campaign, monkeypatch):
    """Return a function that writes a campaign over four users, two of whom like the same stock."""
    monkeypatch.setenv("QUOTES_TOKEN", SECRET)

    def write(*, default=None, **delivery):
        return write_campaign(
            users="user_id,stock\nada,A/B\nbob,C\ncleo,A/B\ndan,NONE\n",
            message={
                "url": receiver.in_url("crm") + "/{{User ID}}",
                "data": {"price": "{{ linkedData.quotes[userAttribute.stock]['price'] }}"},
            },
            linked_data=[
                {
                    "name": "quotes",
                    "url": quotes.url,
                    "headers": {"Authorization": "Bearer ${QUOTES_TOKEN}"},
                    "default": default,
                }
            ],
            delivery={"tasks_per": "batch"} | delivery,
        )

    return write


def bodies(receiver):
    found = {}
    for request in receiver.requests("crm"):
        user = request.target.decode().rpartition("/")[2]
        found.setdefault(user, []).append(json.loads(request.body)["price"])
    return found


async def test_each_url_is_asked_once_and_who_has_no_answer_is_suppressed_with_the_reason(
    prefect, log_url, receiver, quotes, campaign
):
    state = await send_campaign(str(campaign()), run_key="q", return_state=True)

    log = DeliveryLog(url=log_url).open()
    run = runs.find_run(log, run_key="q")
    reasons = [one.reason for one in queries.list_deliveries(log, run_id=run.id) if one.reason]
    assert state.is_completed(), state.message
    assert sorted(quotes.asked) == ["A%2FB", "C", "NONE"]
    assert quotes.authorizations == {f"Bearer {SECRET}"}
    prices = bodies(receiver)
    assert sorted(prices) == ["ada", "bob", "cleo"]
    assert prices["ada"] == prices["cleo"] != prices["bob"]
    assert reasons == ["data.price: linkedData.quotes[...]['price'] is missing"]


async def test_a_default_rescues_who_has_no_answer(prefect, log_url, receiver, campaign):
    await send_campaign(str(campaign(default={"price": "?"})), run_key="q", return_state=True)

    assert bodies(receiver)["dan"] == ["?"]


async def test_every_attempt_carries_the_bytes_of_the_first_also_when_it_is_sent_again(
    prefect, log_url, receiver, quotes, campaign, tmp_path
):
    receiver.script("crm", ["first=1 path=/ada status=503", "first=1 path=/bob status=404"])
    path = campaign(retry={"delays": [0.05]})
    await send_campaign(str(path), run_key="q", return_state=True)
    first = bodies(receiver)

    await resend_failed("q", return_state=True)

    again = bodies(receiver)
    assert (len(first["ada"]), len(first["bob"])) == (2, 1)
    assert (len(again["ada"]), len(again["bob"])) == (2, 2)
    assert all(len(set(prices)) == 1 for prices in again.values())
    assert SECRET.encode() not in (tmp_path / "log.db").read_bytes()
    assert SECRET.encode() not in (tmp_path / "log.db-wal").read_bytes()


def test_a_dry_run_fetches_only_if_it_is_told_to(quotes, campaign):
    shown = hookline.dry_run(campaign(default={"price": 0}), bodies=True)
    assert (quotes.asked, set(shown.body)) == ([], {'{"price":"0"}'})

    fetched = hookline.dry_run(campaign(), bodies=True, linked=True)

    bodies = dict(zip(fetched.user_id, fetched.body, strict=True))
    assert sorted(quotes.asked) == ["A%2FB", "C", "NONE"]
    assert bodies["ada"] == bodies["cleo"] != bodies["bob"]
    assert fetched.reason.dropna().tolist() == [
        "data.price: linkedData.quotes[...]['price'] is missing"
    ]


async def test_a_dry_run_in_prefect_shows_requests_as_they_would_be_sent(prefect, quotes, campaign):
    state = await dry_run_campaign(str(campaign()), linked=True, return_state=True)

    told: Any = await state.aresult()
    assert state.is_completed(), state.message
    assert (told.would_send, told.warnings) == (3, ())
    assert '"price":"' in told.requests[0].curl
    assert SECRET not in str(told)
