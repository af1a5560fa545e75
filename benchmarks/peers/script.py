"""What the peers share: the three templates in plain Jinja, and a loop of some workers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from jinja2 import Environment

from benchmarks.campaign import TEMPLATES

Item = TypeVar("Item")


class Templates:
    """The message, compiled once."""

    def __init__(self) -> None:
        """Compile the templates."""
        environment = Environment(autoescape=False)  # noqa: S701 (JSON is no HTML)
        self._compiled = {name: environment.from_string(text) for name, text in TEMPLATES.items()}

    def body(self, user: dict[str, Any]) -> bytes:
        """Return the body of one user's request."""
        data = {name: one.render(userAttribute=user) for name, one in self._compiled.items()}
        return json.dumps(data).encode()


async def each(
    items: Iterable[Item], act: Callable[[Item], Awaitable[None]], *, at_once: int
) -> None:
    """Act on every item, `at_once` of them at any time, without a task an item."""
    left = iter(items)

    async def work() -> None:
        for item in left:
            await act(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
