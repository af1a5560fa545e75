"""What the demo shows of its run: the report, three requests, and that both sides agree."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from blocks.settings import Settings
from deployments.request_bin.record import Received
from tasks.log import queries, runs
from tasks.log.queries import History
from tasks.log.records import State, webhook_id
from tasks.report import text
from tasks.report.read import read_report
from tasks.report.report import Report

SHOWN_HEADERS = ("authorization", "content-type", "accept-language", "x-campaign", "webhook-id")
SHOWN_DISAGREEMENTS = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run's report, what the receiver got, and where the two differ."""

    report: Report | None
    requests: Sequence[Received]
    disagreements: Sequence[str]
    failed_user: str

    @property
    def proven(self) -> bool:
        """Tell whether everyone is accounted for, by the log and by the receiver."""
        return self.finished and not self.disagreements

    @property
    def finished(self) -> bool:
        """Tell whether everyone has an outcome in the log."""
        return self.report is not None and self.report.balanced


def find(run_key: str, requests: Sequence[Received]) -> Evidence:
    """Read a run from the delivery log and compare it with the requests that were received."""
    log = Settings().delivery_log.open()
    run = runs.find_run(log, run_key=run_key)
    if run is None:
        return Evidence(None, requests, (), "")
    users = [one.user_id for one in queries.list_deliveries(log, run_id=run.id)]
    found = [queries.history(log, run_id=run.id, user_id=user) for user in users]
    histories = [one for one in found if one is not None]
    failed = [one.delivery.user_id for one in histories if one.delivery.state is State.FAILED]
    return Evidence(
        report=read_report(log, run_key=run_key, now=time.time()),
        requests=requests,
        disagreements=tuple(disagreements(run_key, histories, requests)),
        failed_user=next(iter(failed), ""),
    )


def disagreements(
    run_key: str, histories: Iterable[History], requests: Iterable[Received]
) -> Iterator[str]:
    """Yield where log and receiver differ: an attempt is a request, a delivered user one 2xx."""
    answers: dict[str, list[str]] = {}
    for received in requests:
        answers.setdefault(received.webhook_id, []).append(received.label)
    for history in histories:
        user, state = history.delivery.user_id, history.delivery.state
        logged = [str(attempt.status) for attempt in history.attempts]
        answered = answers.pop(webhook_id(run_key=run_key, user_id=user), [])
        if logged != answered:
            yield f"{user}: the log has {logged}, the receiver answered {answered}"
        elif (state is State.DELIVERED) != (sum(one.startswith("2") for one in answered) == 1):
            yield f"{user}: {state.name.lower()} in the log, the receiver answered {answered}"
    for unknown in answers:
        yield f"{unknown}: received, but not in the log"


def told(evidence: Evidence) -> Iterator[str]:
    """Yield the lines to print."""
    yield ""
    if evidence.report is None:
        yield "The run never began."
        return
    yield from text.lines(evidence.report)
    yield ""
    yield "Three of the requests:"
    for received in three(evidence.requests):
        yield from ("", *_request(received))
    yield ""
    if evidence.disagreements:
        yield f"Receiver and log disagree about {len(evidence.disagreements)}:"
        yield from (f"  {one}" for one in evidence.disagreements[:SHOWN_DISAGREEMENTS])
    else:
        count = len(evidence.requests)
        yield f"The receiver counts {count:,} requests, one for each attempt in the log;"
        yield "of each delivered user's requests it answered exactly one with 2xx."
    yield ""


def three(requests: Sequence[Received]) -> list[Received]:
    """Choose three requests: one that was retried, one refused, one in letters beyond ASCII."""
    kinds = (
        [one for one in requests if one.attempt > 1],
        [one for one in requests if one.label.startswith("4") and one.label != "429"],
        [one for one in requests if not one.body.isascii()],
        requests,
    )
    chosen: list[Received] = []
    for kind in (*kinds, requests, requests):
        chosen += [one for one in kind if one not in chosen][:1]
    return chosen[:3]


def _request(received: Received) -> list[str]:
    headers = dict(received.headers)
    if secret := headers.get("authorization"):
        headers["authorization"] = f"{secret.partition(' ')[0]} ***"
    line = f"  {received.method} {received.target.decode()}"
    return [
        f"{line}   attempt {received.attempt}, answered {received.label}",
        *(f"    {name}: {headers[name]}" for name in SHOWN_HEADERS if name in headers),
        f"    {received.body.decode(errors='replace')}",
    ]
