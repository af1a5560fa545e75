"""Keep what a bin received: bounded, compact in memory, counted beyond the bound."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from deployments.request_bin.faults import Answer, ScriptedFault

KEEP = 50_000
"""Requests that a bin keeps unless told otherwise."""
WAITING = "waiting"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


# Not frozen: its answer comes later, up to minutes later, and 50,000 of them are kept.
@dataclass(slots=True, eq=False)
class Received:
    """One request that arrived, and what it was answered."""

    number: int
    """Counts the bin's requests from 1; never given twice."""
    at: float
    """Epoch seconds at which the request's head had arrived."""
    monotonic: float
    """The same moment on the process's monotonic clock, in seconds: subtract to get gaps."""
    method: str
    target: bytes
    """Path and query exactly as sent."""
    head: bytes
    """The headers as lines `name: value`; as bytes, since 50,000 lists would be large."""
    body: bytes
    """The body's first bytes, as many as the bin keeps of each."""
    size: int
    """Bytes of the whole body."""
    webhook_id: str
    """The webhook-id header; empty when missing."""
    attempt: int
    """Counts the requests of this webhook-id (of this path, without one) from 1."""
    answer: Answer | None = None
    """None while the answer is still owed."""
    answered: float | None = None
    """When it was answered, on the monotonic clock."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in the order sent; names in lower case."""
        lines = self.head.decode("latin-1").split("\n")[:-1]
        return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]

    @property
    def truncated(self) -> bool:
        """Whether the body was longer than what is kept of it."""
        return self.size > len(self.body)

    @property
    def label(self) -> str:
        """The answer in a word: `200`, `closed`, `waiting` ..."""
        return self.answer.label if self.answer else WAITING


@dataclass(slots=True)
class Bin:
    """The requests sent to one name, the newest `keep` of them, and counts of them all."""

    name: str
    keep: int = KEEP
    faults: tuple[ScriptedFault, ...] | None = None
    """This bin's own script; None follows the script of all bins."""
    incomplete: int = 0
    """Requests whose client left before the whole body had arrived; they are not received."""
    repeated: int = 0
    """Webhook-ids that were received more than once."""
    changes: int = 0
    """Grows with everything that a page would show differently."""
    answers: Counter[str] = field(default_factory=Counter)
    """How many received requests have which answer label."""
    _requests: deque[Received] = field(default_factory=deque)
    _attempts: dict[str, int] = field(default_factory=dict)
    _paths: dict[bytes, int] = field(default_factory=dict)
    _last: int = 0
    _cleared: int = 0

    def add(
        self,
        *,
        at: float,
        monotonic: float,
        method: str,
        target: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        size: int,
    ) -> Received:
        """Record a request and return it with its number and attempt; its answer is owed."""
        pairs = list(headers)
        webhook_id = _webhook_id(pairs)
        self._last += 1
        received = Received(
            number=self._last,
            at=at,
            monotonic=monotonic,
            method=method,
            target=target,
            head=b"".join(b"%b: %b\n" % pair for pair in pairs),
            body=body,
            size=size,
            webhook_id=webhook_id,
            attempt=self._count(webhook_id, target),
        )
        self._requests.append(received)
        if len(self._requests) > self.keep:
            self._requests.popleft()
        self.answers[WAITING] += 1
        self.changes += 1
        return received

    def settle(self, received: Received, answer: Answer, *, monotonic: float) -> None:
        """Note what a request was answered, and when."""
        received.answer, received.answered = answer, monotonic
        if received.number > self._cleared:
            self.answers[WAITING] -= 1
            self.answers[answer.label] += 1
            self.changes += 1

    def left_early(self) -> None:
        """Count a request that never arrived whole."""
        self.incomplete += 1
        self.changes += 1

    def clear(self) -> None:
        """Forget the requests and all counts; the script stays."""
        for kept in (self._requests, self._attempts, self._paths, self.answers):
            kept.clear()
        self.incomplete = self.repeated = 0
        self._cleared = self._last
        self.changes += 1

    @property
    def received(self) -> int:
        """Requests received since the bin was emptied, kept or not."""
        return self._last - self._cleared

    @property
    def kept(self) -> int:
        """Requests that can still be looked at."""
        return len(self._requests)

    @property
    def webhook_ids(self) -> int:
        """Distinct webhook-ids received."""
        return len(self._attempts)

    def __iter__(self) -> Iterator[Received]:
        """Yield the kept requests, oldest first."""
        return iter(self._requests)

    def newest_first(self) -> Iterator[Received]:
        """Yield the kept requests, newest first."""
        return reversed(self._requests)

    def _count(self, webhook_id: str, target: bytes) -> int:
        if not webhook_id:
            path = target.partition(b"?")[0]
            self._paths[path] = attempt = self._paths.get(path, 0) + 1
            return attempt
        self._attempts[webhook_id] = attempt = self._attempts.get(webhook_id, 0) + 1
        self.repeated += attempt == 2
        return attempt


@dataclass(slots=True)
class Bins:
    """All bins of one receiver by name, and the script of those that have none of their own."""

    keep: int = KEEP
    faults: tuple[ScriptedFault, ...] = ()
    _by_name: dict[str, Bin] = field(default_factory=dict)

    def of(self, name: str) -> Bin:
        """Return the bin of this name, a new one when nothing was sent to it yet."""
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = Bin(name, keep=self.keep)
        return found

    def look(self, name: str) -> Bin:
        """Return the bin of this name, or an empty one that is not kept."""
        return self._by_name.get(name) or Bin(name, keep=self.keep)

    def script_of(self, found: Bin) -> tuple[ScriptedFault, ...]:
        """Return the faults that requests to this bin meet."""
        return self.faults if found.faults is None else found.faults

    def __iter__(self) -> Iterator[Bin]:
        """Yield the bins in the order of their first use."""
        return iter(self._by_name.values())


def fits_as_name(name: str) -> bool:
    """Tell whether a bin may be called so: letters, digits, `_`, `.`, `-`, not ending in .json."""
    return bool(_NAME.fullmatch(name)) and not name.endswith(".json")


def _webhook_id(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"webhook-id":
            return value.decode("latin-1")
    return ""
