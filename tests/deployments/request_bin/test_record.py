"""What a bin keeps, counts and forgets."""

from __future__ import annotations

import tracemalloc

import pytest

from deployments.request_bin.faults import RECEIVED, Answer, ScriptedFault
from deployments.request_bin.record import Bin, Bins, Received, fits_as_name


def add(
    found: Bin, webhook_id: str = "", *, target: str = "/in/a", body: bytes = b"{}"
) -> Received:
    headers = [(b"host", b"localhost"), (b"x-note", "caf\xe9: yes".encode("latin-1"))]
    if webhook_id:
        headers.append((b"webhook-id", webhook_id.encode()))
    return found.add(
        at=1_800_000_000.0,
        monotonic=5.0,
        method="POST",
        target=target.encode(),
        headers=headers,
        body=body,
        size=2,
    )


def test_attempts_are_counted_for_each_webhook_id() -> None:
    found = Bin("a")

    attempts = [add(found, webhook_id).attempt for webhook_id in ("x", "y", "x", "x")]

    assert attempts == [1, 1, 2, 3]
    assert (found.webhook_ids, found.repeated) == (2, 1)


def test_without_a_webhook_id_attempts_are_counted_for_each_path() -> None:
    found = Bin("a")

    targets = ("/in/a/1", "/in/a/2?x=1", "/in/a/2?x=2")
    attempts = [add(found, target=target).attempt for target in targets]

    assert attempts == [1, 1, 2]
    assert found.webhook_ids == 0


def test_the_newest_are_kept_and_all_are_counted() -> None:
    found = Bin("a", keep=3)

    for number in range(5):
        add(found, f"id-{number}")

    assert (found.received, found.kept, found.webhook_ids) == (5, 3, 5)
    assert [one.number for one in found] == [3, 4, 5]
    assert [one.number for one in found.newest_first()] == [5, 4, 3]


def test_answers_are_counted_by_label() -> None:
    found = Bin("a")
    answered, cut, _ = add(found), add(found), add(found)

    found.settle(answered, RECEIVED, monotonic=5.25)
    found.settle(cut, Answer("cut short", 200), monotonic=5.5)

    assert found.answers == {"200": 1, "cut short": 1, "waiting": 1}
    assert (answered.label, answered.answered) == ("200", 5.25)


def test_headers_come_back_in_order_as_sent() -> None:
    received = add(Bin("a"), "id")

    assert received.headers == [
        ("host", "localhost"),
        ("x-note", "café: yes"),
        ("webhook-id", "id"),
    ]


def test_a_longer_body_says_that_it_was_truncated() -> None:
    assert add(Bin("a"), body=b"{").truncated
    assert not add(Bin("a"), body=b"{}").truncated


def test_emptying_forgets_requests_and_counts_but_not_the_script() -> None:
    found = Bin("a", faults=(ScriptedFault(status=503),))
    waiting = add(found, "x")
    add(found, "x")
    found.left_early()

    found.clear()
    found.settle(waiting, RECEIVED, monotonic=6)

    assert (found.received, found.kept, found.incomplete) == (0, 0, 0)
    assert (found.webhook_ids, found.repeated, found.answers) == (0, 0, {})
    assert found.faults == (ScriptedFault(status=503),)
    assert (add(found, "x").attempt, found.received) == (1, 1)


def test_every_visible_change_is_noticed() -> None:
    found = Bin("a")
    seen = [found.changes]

    received = add(found)
    seen.append(found.changes)
    found.settle(received, RECEIVED, monotonic=6)
    seen.append(found.changes)
    found.left_early()
    seen.append(found.changes)
    found.clear()
    seen.append(found.changes)

    assert len(set(seen)) == 5


def test_looking_at_a_bin_does_not_make_one() -> None:
    bins = Bins(keep=7)

    assert bins.look("a").keep == 7
    assert list(bins) == []
    assert bins.of("a") is bins.of("a") is bins.look("a")
    assert [found.name for found in bins] == ["a"]


def test_a_bin_follows_the_script_of_all_until_it_has_its_own() -> None:
    common = (ScriptedFault(status=503),)
    bins = Bins(faults=common)
    found = bins.of("a")

    assert bins.script_of(found) == common
    found.faults = ()
    assert bins.script_of(found) == ()


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("a", True),
        ("run-7_b.2", True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("", False),
        (".", False),
        ("a/b", False),
        ("a b", False),
        ("a\n", False),
        ("é", False),
        ("a.json", False),
    ],
)
def test_names_are_plain(name: str, fits: bool) -> None:
    assert fits_as_name(name) is fits


def test_fifty_thousand_small_requests_stay_small_in_memory() -> None:
    found = Bin("a")
    tracemalloc.start()

    for number in range(50_000):
        body = b'{"first_name":"Mary","months":"%d"}' % number
        add(found, f"msg_{number:032}", target=f"/in/a/users/{number}/offers", body=body)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.kept == 50_000
    assert used < 100_000_000
