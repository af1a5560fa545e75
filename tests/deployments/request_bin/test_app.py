"""The addresses beside `/in`: pages for people, JSON for programs, scripts."""

from __future__ import annotations

import ssl

import httpx
import pytest

from deployments.request_bin.server import RunningBin, running_bin

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


# Made once: httpx makes one for each call otherwise, which takes longer than the request.
TLS = ssl.create_default_context()


def post(receiver: RunningBin, name: str, number: int, user: str = "Mary") -> None:
    headers = {"webhook-id": f"id-{number}"}
    httpx.post(
        receiver.in_url(name), json={"number": number, "user": user}, headers=headers, verify=TLS
    )


def page(receiver: RunningBin, name: str, query: str = "") -> str:
    return httpx.get(receiver.page_url(name) + query).raise_for_status().text


def test_programs_page_through_the_requests_oldest_first(receiver: RunningBin) -> None:
    for number in range(5):
        post(receiver, "json", number)

    told = httpx.get(f"{receiver.page_url('json')}.json?offset=1&limit=2").json()

    assert (told["name"], told["received"], told["kept"]) == ("json", 5, 5)
    assert [one["body"] for one in told["requests"]] == [
        f'{{"number":{n},"user":"Mary"}}' for n in (1, 2)
    ]
    assert [one["webhook_id"] for one in told["requests"]] == ["id-1", "id-2"]


def test_programs_ask_for_one_webhook_id(receiver: RunningBin) -> None:
    for number in (1, 2, 1):
        post(receiver, "one-id", number)

    told = httpx.get(f"{receiver.page_url('one-id')}.json?webhook_id=id-1").json()

    assert [one["attempt"] for one in told["requests"]] == [1, 2]
    assert (told["webhook_ids"], told["repeated"]) == (2, 1)


def test_more_than_is_kept_is_counted(receiver: RunningBin) -> None:
    with running_bin(keep=2) as small:
        for number in range(3):
            post(small, "full", number)

        told = httpx.get(f"{small.page_url('full')}.json").json()

    assert (told["received"], told["kept"]) == (3, 2)
    assert [one["number"] for one in told["requests"]] == [2, 3]


def test_a_bin_is_emptied_by_delete(receiver: RunningBin) -> None:
    post(receiver, "emptied", 1)

    assert httpx.delete(receiver.page_url("emptied")).status_code == 204
    assert receiver.received("emptied") == 0


def test_a_script_is_written_and_read_as_json(receiver: RunningBin) -> None:
    url = receiver.page_url("script") + "/faults"
    faults = [{"first": 1, "status": 503, "retry_after": 2}, {"share": 0.5, "how": "close"}]

    assert httpx.get(url).json() == []
    assert httpx.put(url, json=faults).json() == faults
    assert httpx.get(url).json() == faults
    assert httpx.post(receiver.in_url("script")).status_code == 503


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[", ["the body is not JSON"]),
        (b"\xff", ["the body is not JSON"]),
        (b"[" * 100_000, ["the body is not JSON"]),
        (b'[{"frist": 1}]', ["faults[0].frist: is no field of a fault (did you mean 'first'?)"]),
        (b'[{"share": 2, "status": 9}]', ["faults[0].share: must be 0 to 1, not 2"]),
    ],
)
def test_a_script_that_cannot_be_read_changes_nothing(
    receiver: RunningBin, content: bytes, told: list[str]
) -> None:
    answer = httpx.put(receiver.page_url("wrong") + "/faults", content=content)

    assert answer.status_code == 422
    assert answer.json()["faults"][:1] == told
    assert httpx.get(receiver.page_url("wrong") + "/faults").json() == []


def test_a_fault_given_at_the_start_holds_for_every_bin() -> None:
    with running_bin(faults=["first=1 status=503", "status=201"]) as scripted:
        scripted.script("own", [])
        codes = [
            httpx.get(scripted.in_url(name)).status_code for name in ("any", "any", "other", "own")
        ]

    assert codes == [503, 201, 503, 200]


def test_the_page_shows_each_request(receiver: RunningBin) -> None:
    receiver.script("page", ["first=1 status=503 retry_after=9"])
    for _ in range(2):
        post(receiver, "page", 7, user="Zoë")

    shown = page(receiver, "page")

    assert '"number": 7,\n  "user": "Zoë"'.replace('"', "&#34;") in shown
    for piece in ("id-7", "attempt 2", "503: 1", "200: 1", "retry-after: 9", "/in/page", "POST"):
        assert piece in shown


def test_the_page_shows_fifty_at_a_time(receiver: RunningBin) -> None:
    for number in range(60):
        post(receiver, "pages", number)

    first, second = page(receiver, "pages"), page(receiver, "pages", "?page=2")

    assert (first.count("<details"), second.count("<details")) == (50, 10)
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second


@pytest.mark.parametrize(
    ("query", "rows"),
    [("?q=NUMBER%22:3", 1), ("?webhook_id=id-2", 2), ("?status=404", 3), ("?status=503", 0)],
)
def test_the_page_filters(receiver: RunningBin, query: str, rows: int) -> None:
    receiver.clear("filter")
    receiver.script("filter", ["body=1 status=404"])
    for number in (1, 2, 3, 2, 1, 1):
        post(receiver, "filter", number)

    shown = page(receiver, "filter", query)

    assert shown.count("<details") == rows
    assert ("No kept request fits the filter." in shown) is (rows == 0)


def test_an_empty_bin_tells_the_command_to_try(receiver: RunningBin) -> None:
    shown = page(receiver, "fresh")

    assert f"-H &#39;webhook-id: try-1&#39; {receiver.in_url('fresh')}</pre>" in (
        shown.replace("'", "&#39;")
    )
    assert "fresh" not in httpx.get(receiver.url).text


def test_hostile_requests_are_shown_as_text(receiver: RunningBin) -> None:
    headers = {"webhook-id": ATTACK, "x-attack": ATTACK}
    httpx.post(receiver.in_url("attack") + "/", content=ATTACK, headers=headers)
    httpx.post(receiver.in_url("attack"), json=ATTACK, params={"q": ATTACK})

    for query in ("", f"?q={ATTACK}&webhook_id={ATTACK}&status={ATTACK}"):
        answer = httpx.get(receiver.page_url("attack") + query)

        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_bodies_that_utf8_cannot_carry_do_not_break_the_page(receiver: RunningBin) -> None:
    for body in (b'"\\ud800"', b"\xff\x00", b"\x00\x1b[31m", b"[" * 900):
        httpx.post(receiver.in_url("odd"), content=body)

    shown = page(receiver, "odd")

    assert "base64: /wA=" in shown
    assert "\\ud800" in shown


def test_the_page_needs_nothing_from_elsewhere(receiver: RunningBin) -> None:
    shown = page(receiver, "alone") + httpx.get(receiver.url).text

    assert "src=" not in shown
    assert "<link" not in shown


def test_the_first_page_lists_the_bins(receiver: RunningBin) -> None:
    post(receiver, "listed", 1)

    shown = httpx.get(receiver.url).text

    assert '<a href="/bin/listed">listed</a>' in shown
    assert "1 received" in shown


def test_without_bins_the_first_page_tells_the_command_to_try() -> None:
    with running_bin() as fresh:
        assert "/in/first" in httpx.get(fresh.url).text


@pytest.mark.parametrize("path", ["/bin/a%20b", "/bin/x%22", "/bin/a%20b.json", "/bin/é/faults"])
def test_a_name_that_no_bin_can_have_is_not_found(receiver: RunningBin, path: str) -> None:
    assert httpx.get(receiver.url + path).status_code == 404
