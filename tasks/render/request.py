"""What rendering takes and gives: a recipient in, a request or a suppression out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

MISSING = " is missing"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One user in one run: plain values, and the id that all attempts carry.

    `values` were given to the send, `parameters` come with the event that caused it.
    """

    user_id: str
    attributes: Mapping[str, Any] = field(repr=False)
    webhook_id: str
    trigger_id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    linked: Mapping[str, Any] | None = field(default=None, repr=False)  # linked data, by source


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A rendered message, fixed for all attempts; the URL holds no credentials.

    `headers` are name and value in order, `body` the exact bytes, `authorization` the value of
    the Authorization header made from the message's credentials.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    authorization: str | None = None

    def __repr__(self) -> str:
        """Tell method, host and size only: URL, headers and body may hold secrets."""
        host = urlsplit(self.url).netloc
        return f"Request({self.method} {host}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A recipient gets no request; the reason names the message's field and no user's value."""

    reason: str
    named: str = field(default="", compare=False, repr=False)  # the field, which may hold a colon

    @classmethod
    def of(cls, name: str, told: str) -> Suppressed:
        """Return what is told of a field."""
        return cls(f"{name}: {told}", name)

    @property
    def field(self) -> str:
        """Return the field that it names; the whole reason where the author skipped a user."""
        return self.named or self.reason.partition(": ")[0]

    @property
    def is_missing(self) -> bool:
        """Tell whether the user lacks a value, which is no fault of the template."""
        return self.reason.endswith(MISSING)
