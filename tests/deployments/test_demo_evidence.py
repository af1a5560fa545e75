"""The demo's proof: what it takes for agreement, and what it shows of the requests."""

from __future__ import annotations

import pytest

from deployments.demo_evidence import disagreements, three
from deployments.request_bin.faults import Answer
from deployments.request_bin.record import Bin, Received
from tasks.log.queries import History
from tasks.log.records import Attempt, Delivery, State, webhook_id

RUN = "demo"


def history(user: str, state: State, *statuses: int) -> History:
    attempts = [Attempt(1, n, 0.0, 1.0, code, None, False, None) for n, code in enumerate(statuses)]
    delivery = Delivery(1, user, "", state, None, len(statuses), 0, 0.0, None)
    return History(delivery, tuple(attempts))


def received(user: str, *labels: str, body: bytes = b"{}") -> list[Received]:
    found, key = Bin("crm"), webhook_id(run_key=RUN, user_id=user)
    for label in labels:
        headers = [(b"webhook-id", key.encode())]
        one = found.add(
            at=0, monotonic=0, method="POST", target=b"/", headers=headers, body=body, size=2
        )
        found.settle(one, Answer(label), monotonic=1)
    return list(found)


def test_log_and_receiver_agree_attempt_by_attempt() -> None:
    logged = [history("u1", State.DELIVERED, 503, 200), history("u2", State.FAILED, 404)]

    assert (
        list(disagreements(RUN, logged, received("u1", "503", "200") + received("u2", "404"))) == []
    )


@pytest.mark.parametrize(
    ("logged", "got"),
    [
        (history("u1", State.DELIVERED, 200), received("u1", "200", "200")),
        (history("u1", State.DELIVERED, 200, 200), received("u1", "200", "200")),
        (history("u1", State.FAILED, 200), received("u1", "200")),
        (history("u1", State.DELIVERED, 404), received("u1", "404")),
        (history("u1", State.DELIVERED, 200), []),
    ],
    ids=["one too many", "delivered twice", "not failed", "not delivered", "not received"],
)
def test_every_difference_is_found(logged: History, got: list[Received]) -> None:
    found = list(disagreements(RUN, [logged], got))

    assert len(found) == 1
    assert found[0].startswith("u1: ")


def test_a_request_that_nobody_sent_is_found() -> None:
    found = list(disagreements(RUN, [], received("stranger", "200")))

    assert found == [f"{webhook_id(run_key=RUN, user_id='stranger')}: received, but not in the log"]


def test_the_three_shown_are_a_retried_a_refused_and_a_foreign_one() -> None:
    plain, retried = received("u1", "200"), received("u2", "503", "200")
    refused, foreign = received("u3", "404"), received("u4", "200", body="田中".encode())

    shown = three([*plain, *retried, *refused, *foreign])

    assert shown == [retried[1], *refused, *foreign]


def test_fewer_than_three_are_all_shown() -> None:
    few = received("u1", "200") + received("u2", "200")

    assert three(few) == few
    assert three([]) == []
