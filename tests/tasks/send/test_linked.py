"""Services are asked once a URL and cache time, retried twice, and never more than is bearable."""

import asyncio
import json
from collections import Counter

import httpx
import pytest

from tasks.render.linked import Asked, Source
from tasks.send import linked
from tasks.send.linked import LinkedFetcher, NoAnswer, parsed


class Service(httpx.AsyncBaseTransport):
    """Answers what it is told to, by path, and counts who asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = Counter()
        self.requests = []
        self.now = 0.0
        self.at_once = self.most_at_once = 0

    async def handle_async_request(self, request):
        name = request.url.path.strip("/")
        self.asked[name] += 1
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer)
        return httpx.Response(200, content=answer)


def source(**changed):
    given = {
        "name": "menu",
        "method": "GET",
        "headers": (("Authorization", "Bearer hush"),),
        "parameters": 0,
        "timeout": 5.0,
        "cache_seconds": 60.0,
        "default": None,
    }
    return Source(**given | changed)


def ask(name, **changed):
    return Asked(source(**changed), f"https://menu.example.com/{name}", name)


def fetcher(service):
    return LinkedFetcher(service, clock=lambda: service.now, delays=(0, 0))


async def test_a_url_is_asked_once_for_all_who_wait_and_again_when_its_time_is_over():
    service = Service(soup=b'{"of": "leek"}')
    fetching = fetcher(service)

    both = await asyncio.gather(*(fetching.fetch([ask("soup"), ask("soup")]) for _ in range(20)))
    service.now = 59.9
    await fetching.fetch([ask("soup")])

    assert both == [{"soup": {"of": "leek"}}] * 20
    assert service.asked["soup"] == 1
    service.now = 60.0
    await fetching.fetch([ask("soup")])
    assert (service.asked["soup"], fetching.requests) == (2, 2)


async def test_without_a_cache_time_every_batch_asks_anew():
    service = Service(soup=b"1")
    fetching = fetcher(service)

    await fetching.fetch([ask("soup", cache_seconds=0)] * 3)
    await fetching.fetch([ask("soup", cache_seconds=0)])

    assert service.asked["soup"] == 2


@pytest.mark.parametrize(
    ("answers", "value", "asked"),
    [
        ([503, 429, b'"late"'], "late", 3),
        ([httpx.ConnectError("no"), b"[]"], [], 2),
        ([httpx.ReadTimeout("slow"), TimeoutError(), b"3"], 3, 3),
        ([b"<html>", b"{}"], {}, 2),
        ([500, 502, 503, b'"too late"'], None, 3),
        ([404, b'"never asked"'], None, 1),
        ([301, b'"never asked"'], None, 1),
        ([b"NaN", b"\xff", b"", b"1"], None, 3),
        ([OSError("cut"), 408, 425], None, 3),
    ],
)
async def test_a_failure_is_retried_twice_and_then_null(answers, value, asked):
    service = Service(soup=answers)

    assert await fetcher(service).fetch([ask("soup")]) == {"soup": value}
    assert service.asked["soup"] == asked


async def test_a_failure_is_left_alone_for_a_while_and_counted(caplog):
    service = Service(soup=404, cake=404)
    fetching = fetcher(service)

    await fetching.fetch([ask("soup"), ask("cake")])
    await fetching.fetch([ask("soup")])

    assert service.asked == {"soup": 1, "cake": 1}
    assert fetching.failures == {("menu", "HTTP 404"): 2}
    assert caplog.messages == ["linkedData.menu: HTTP 404, so it is null or its default"]
    service.now = linked.FAILED_SECONDS
    await fetching.fetch([ask("soup")])
    assert service.asked["soup"] == 2


async def test_an_answer_beyond_all_bounds_is_none():
    service = Service(soup=b'"' + b"x" * linked.LARGEST_BYTES + b'"')
    fetching = fetcher(service)

    assert await fetching.fetch([ask("soup")]) == {"soup": None}
    assert service.asked["soup"] == 1
    assert list(fetching.failures) == [("menu", "its answer is larger than 1,048,576 bytes")]


async def test_only_so_many_are_asked_at_once():
    names = [f"dish{number}" for number in range(200)]
    service = Service(**dict.fromkeys(names, b"1"))

    answers = await fetcher(service).fetch([ask(name) for name in names])

    assert len(answers) == 200
    assert service.most_at_once <= linked.CONCURRENCY


async def test_a_request_has_the_headers_of_its_source_and_a_post_no_body():
    service = Service(soup=b"1")

    await fetcher(service).fetch([ask("soup", method="POST")])

    (request,) = service.requests
    assert (request.method, request.headers["authorization"]) == ("POST", "Bearer hush")
    assert request.headers["content-length"] == "0"


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others():
    service = Service(soup=b"1")
    fetching = fetcher(service)
    impatient = asyncio.ensure_future(fetching.fetch([ask("soup")]))
    patient = asyncio.ensure_future(fetching.fetch([ask("soup")]))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient == {"soup": 1}


async def test_closing_gives_up_what_is_being_fetched():
    service = Service(soup=b"1")
    fetching = fetcher(service)
    waiting = asyncio.ensure_future(fetching.fetch([ask("soup")]))
    await asyncio.sleep(0)

    await fetching.aclose()

    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_what_is_nested_too_deeply_is_no_answer():
    with pytest.raises(NoAnswer, match="not JSON"):
        parsed(b"[" * 100_000)
    assert parsed(json.dumps({"a": [1, None]}).encode("utf-16")) == {"a": [1, None]}
