"""Say how received requests look: to a program as JSON, to a person as rows of a page."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from deployments.request_bin.record import WAITING, Bin, Received

ROWS = 50
"""Requests on one page."""
_SHOWN = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader looks for; empty fields do not matter."""

    text: str = ""
    """A piece of the method, path, headers or body; ASCII letters in either case."""
    webhook_id: str = ""
    answer: str = ""
    """An answer's label, as `503`, `closed` or `waiting`."""

    def fits(self, received: Received) -> bool:
        """Tell whether a request is one that the reader looks for."""
        if self.webhook_id and received.webhook_id != self.webhook_id:
            return False
        if self.answer and received.label != self.answer:
            return False
        piece = self.text.encode(errors="surrogatepass").lower()
        return not piece or any(piece in part.lower() for part in _searched(received))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page of the requests that fit, newest first."""

    rows: list[Received]
    found: int
    page: int
    pages: int
    wanted: Wanted

    def query(self, **changed: object) -> str:
        """Return this page's address with something changed, as `?...`."""
        asked = {
            "q": self.wanted.text,
            "webhook_id": self.wanted.webhook_id,
            "status": self.wanted.answer,
            **changed,
        }
        return "?" + urlencode({name: value for name, value in asked.items() if value})


def sheet(found: Bin, wanted: Wanted, *, page: int) -> Sheet:
    """Pick the requests of one page; a page beyond the last one is the last one."""
    fitting = [received for received in found.newest_first() if wanted.fits(received)]
    pages = max(1, -(-len(fitting) // ROWS))
    page = min(max(page, 1), pages)
    rows = fitting[(page - 1) * ROWS : page * ROWS]
    return Sheet(rows=rows, found=len(fitting), page=page, pages=pages, wanted=wanted)


def answers(found: Bin) -> list[tuple[str, int]]:
    """Return the answer labels of a bin with their counts: codes first, then the rest."""
    counted = [(label, count) for label, count in found.answers.items() if count]
    return sorted(counted, key=lambda pair: (not pair[0].isdigit(), pair[0]))


def as_json(received: Received) -> dict[str, Any]:
    """Return a request with plain values only, its body exact."""
    body, encoding = _exact(received.body)
    path, _, query = received.target.decode("latin-1").partition("?")
    answer = received.answer
    return {
        "number": received.number,
        "at": moment(received.at),
        "time": received.at,
        "monotonic": received.monotonic,
        "method": received.method,
        "target": received.target.decode("latin-1"),
        "path": path,
        "query": query,
        "headers": received.headers,
        "body": body,
        "body_encoding": encoding,
        "body_bytes": received.size,
        "truncated": received.truncated,
        "webhook_id": received.webhook_id or None,
        "attempt": received.attempt,
        "answer": received.label,
        "status": answer.status if answer else None,
        "answer_headers": answer.headers if answer else [],
        "seconds": seconds(received),
    }


def seconds(received: Received) -> float | None:
    """Return how long the answer took; None while it is owed."""
    took = received.answered
    return None if took is None else round(took - received.monotonic, 6)


def moment(at: float) -> str:
    """Return epoch seconds as an ISO time in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def tone(label: str) -> str:
    """Return the colour class of an answer's label."""
    return f"s{label[0]}" if label.isdigit() else "wait" if label == WAITING else "gone"


def shown_body(received: Received) -> str:
    """Return the body for a reader: JSON indented, bytes that are no text told as base64."""
    text, encoding = _exact(received.body)
    if encoding == "utf-8" and not received.truncated and len(text) <= _SHOWN:
        text = _indented(text)
    if len(text) > _SHOWN:
        text = (
            f"{text[:_SHOWN]}\n... the JSON of this bin tells more of the {received.size:,} bytes"
        )
    return text if encoding == "utf-8" else f"base64: {text}"


def _exact(body: bytes) -> tuple[str, str]:
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def _indented(text: str) -> str:
    try:
        pretty = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    # A lone surrogate is fine in JSON and cannot be sent in a page.
    return pretty.encode(errors="backslashreplace").decode()


def _searched(received: Received) -> tuple[bytes, ...]:
    return received.method.encode(), received.target, received.head, received.body
