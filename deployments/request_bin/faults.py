"""Decide which scripted fault a request meets, and what it is answered."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from enum import StrEnum
from functools import lru_cache

NO_BODY = frozenset({204, 205, 304})
"""Status codes whose answer has no body."""


class How(StrEnum):
    """What happens to the connection of a request that meets a fault."""

    ANSWER = "answer"  # a whole answer
    CLOSE = "close"  # reset before any answer
    HANG = "hang"  # no answer until the client leaves
    TRUNCATE = "truncate"  # closed in the middle of the answer's body


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedFault:
    """Which requests are answered otherwise than with 200, and how; all conditions must hold."""

    first: int | None = None
    """The first n attempts of each webhook-id, or of each path where the header is missing."""
    share: float | None = None
    """This share (0 to 1) of the webhook-ids, always the same ones."""
    offset: float = 0.0
    """Where the share begins (0 to 1): shares that do not overlap hit different ids."""
    salt: str = ""
    """Another salt draws the shares anew."""
    path: str = ""
    """A piece of the path and query, as sent."""
    body: str = ""
    """A piece of the body."""

    how: How = How.ANSWER
    status: int = 200
    """The answer's status code, 200 to 599."""
    retry_after: int | str | None = None
    """Whole seconds; `date+5` for the HTTP date five seconds on; any other text as it is."""
    headers: tuple[tuple[str, str], ...] = ()
    """More headers of the answer."""
    answer: str | None = None
    """The answer's body; without it a small JSON object."""
    delay: float = 0.0
    """Seconds to wait before the fault, 0 to 600."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    label: str
    """The status code as text, or what happened instead of an answer."""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


_JSON = ("content-type", "application/json")
RECEIVED = Answer("200", 200, (_JSON,), b'{"received":true}')
CLOSED = Answer("closed")
CLIENT_LEFT = Answer("client left")


def place(key: str, *, salt: str = "") -> float:
    """Return where a webhook-id lies in 0..1 (1 excluded), the same for ever."""
    digest = hashlib.blake2b(f"{salt}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8)
    return (int.from_bytes(digest.digest()) >> 11) / 2**53


def first_match(
    faults: Iterable[ScriptedFault], *, key: str, attempt: int, target: bytes, body: bytes
) -> ScriptedFault | None:
    """Return the first fault that a request meets, if any.

    `key` is the webhook-id, or the path of a request without one; `attempt` counts from 1.
    """
    for fault in faults:
        if _meets(fault, key=key, attempt=attempt, target=target, body=body):
            return fault
    return None


def answer_to(fault: ScriptedFault | None, *, now: float) -> Answer:
    """Return the answer that a fault scripts, at `now` (epoch seconds)."""
    if fault is None:
        return RECEIVED
    if fault.how in (How.CLOSE, How.HANG):
        return CLOSED
    return _answer(fault, _retry_after(fault.retry_after, now=now))


def _meets(fault: ScriptedFault, *, key: str, attempt: int, target: bytes, body: bytes) -> bool:
    if fault.first is not None and attempt > fault.first:
        return False
    if fault.path and fault.path.encode() not in target:
        return False
    if fault.body and fault.body.encode() not in body:
        return False
    if fault.share is None:
        return True
    return fault.offset <= place(key, salt=fault.salt) < fault.offset + fault.share


def _retry_after(wanted: int | str | None, *, now: float) -> str | None:
    if isinstance(wanted, str) and wanted.startswith("date+"):
        # An HTTP date has whole seconds; rounding up never asks for less than was scripted.
        return formatdate(math.ceil(now + int(wanted.removeprefix("date+"))), usegmt=True)
    return None if wanted is None else str(wanted)


# Thousands of kept requests then share one answer.
@lru_cache(maxsize=1024)
def _answer(fault: ScriptedFault, retry_after: str | None) -> Answer:
    headers = fault.headers
    if retry_after is not None:
        headers = (("retry-after", retry_after), *headers)
    body = b""
    if fault.status not in NO_BODY:
        text = f'{{"scripted":{fault.status}}}' if fault.answer is None else fault.answer
        body = text.encode()
        if not any(name.lower() == "content-type" for name, _ in headers):
            plain = ("content-type", "text/plain; charset=utf-8")
            headers = (_JSON if fault.answer is None else plain, *headers)
    cut = fault.how is How.TRUNCATE
    return Answer("cut short" if cut else str(fault.status), fault.status, headers, body)
