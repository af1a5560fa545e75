"""Render a message for one user, as most tests here do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from blocks.message import Message
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Request, Suppressed

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
URL = "https://crm.example.com/offers"

Rendered = Callable[..., Request | Suppressed]


@pytest.fixture
def rendered() -> Rendered:
    """Return a function from attributes and a message's fields to what is rendered of it."""

    def render(
        attributes: Mapping[str, Any] | None = None,
        *,
        user_id: str = "7590-VHVEG",
        webhook_id: str = "wh_1",
        environ: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Request | Suppressed:
        message = Message(**{"url": URL, **fields})
        compiled = compile_message(message, environ=environ or {}, now=START, campaign="offers")
        return compiled.render(Recipient(user_id, attributes or {}, webhook_id))

    return render


@pytest.fixture
def text(rendered: Rendered) -> Callable[..., str]:
    """Return a function from a template and attributes to its text, or to the reason of none."""

    def write(template: str, attributes: Mapping[str, Any] | None = None, **more: Any) -> str:
        request = rendered(
            attributes, headers={"Content-Type": "text/plain"}, body=template, **more
        )
        return request.reason if isinstance(request, Suppressed) else request.body.decode()

    return write
