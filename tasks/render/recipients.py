"""Render the recipients of a batch from the snapshot, without keeping the loop from its sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from tasks.log.records import Owed, webhook_ids
from tasks.render.message import CompiledMessage
from tasks.render.request import Recipient, Request, Suppressed

# Between two slices the event loop looks at its sockets: about two milliseconds of rendering.
SLICE = 50

Rows = Callable[[Sequence[Owed]], Sequence[Mapping[str, Any]]]


def renderer(
    message: CompiledMessage, *, rows: Rows, run_key: str, thread: Executor
) -> Callable[[Sequence[Owed]], Awaitable[dict[int, Request | Suppressed]]]:
    """Return a function that renders owed deliveries, by their ids.

    `rows` reads the attributes of deliveries from the run's snapshot, in their order. It does so
    in a `thread` of its own: the loop's are taken while names of dead hosts are looked up.
    """
    name = webhook_ids(run_key)

    async def render(owed: Sequence[Owed]) -> dict[int, Request | Suppressed]:
        attributes = await asyncio.get_running_loop().run_in_executor(thread, rows, owed)
        rendered: dict[int, Request | Suppressed] = {}
        for place, (one, row) in enumerate(zip(owed, attributes, strict=True)):
            if place % SLICE == 0:
                await asyncio.sleep(0)
            rendered[one.id] = message.render(
                Recipient(
                    user_id=one.user_id,
                    attributes=row,
                    webhook_id=name(one.user_id, one.trigger_id),
                    trigger_id=one.trigger_id,
                )
            )
        return rendered

    return render
