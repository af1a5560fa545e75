"""The headers: ours, the message's, and the credentials from its URL."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2.runtime import Context

from tasks.render.body import encoded
from tasks.render.field import Text
from tasks.render.request import Suppressed

USER_AGENT = "Hookline/0.1"

_NOT_ONE_LINE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True, repr=False)
class Headers:
    """Headers that are the same for all recipients, and those written for each of them."""

    fixed: tuple[tuple[str, str], ...]
    varying: tuple[tuple[str, Text], ...]

    def write(
        self, context: Context, *, webhook_id: str
    ) -> tuple[tuple[str, str], ...] | Suppressed:
        """Return name and value in order."""
        headers = (*self.fixed, ("webhook-id", webhook_id))
        for name, text in self.varying:
            written = text.write(context)
            if isinstance(written, Suppressed):
                return written
            value = header_value(written, name=text.name)
            if isinstance(value, Suppressed):
                return value
            headers = (*headers, (name, value))
        return headers


def headers(texts: Sequence[tuple[str, Text]], *, content_type: str | None) -> Headers:
    """Lay out the headers; those of the message win over ours, but for `webhook-id`."""
    given = {name.lower() for name, _ in texts}
    ours = [("Content-Type", content_type), ("User-Agent", USER_AGENT)]
    fixed = [(name, value) for name, value in ours if value and name.lower() not in given]
    fixed += [(name, text.fixed) for name, text in texts if text.fixed is not None]
    varying = tuple((name, text) for name, text in texts if text.fixed is None)
    return Headers(fixed=tuple(fixed), varying=varying)


def header_value(text: str, *, name: str) -> str | Suppressed:
    """Return the value without blanks around it, or why no header can carry it."""
    if _NOT_ONE_LINE.search(text):
        return Suppressed.of(name, "line break or control character")
    if not text.isascii():
        return Suppressed.of(name, "not ASCII")
    return text.strip(" \t")


def basic(credentials: str) -> str | Suppressed:
    """Return the Authorization header for `user:password`, which is decoded already."""
    text = encoded(credentials if ":" in credentials else f"{credentials}:", name="credentials")
    return text if isinstance(text, Suppressed) else f"Basic {base64.b64encode(text).decode()}"
