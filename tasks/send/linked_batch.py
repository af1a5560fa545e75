"""Render owed deliveries whose templates look linked data up, and freeze what they saw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from tasks.log import frozen
from tasks.log.records import Owed, Run, webhook_ids
from tasks.render.message import CompiledMessage
from tasks.render.request import Recipient, Request, Suppressed
from tasks.send.linked import LinkedFetcher
from tasks.send.linked_render import render_linked

if TYPE_CHECKING:
    from sqlalchemy import Connection

Rows = Callable[[Sequence[Owed]], Sequence[Mapping[str, Any]]]
# Runs in one of the log's next commits.
Write = Callable[[Callable[["Connection"], Any]], Awaitable[Any]]


def linked_renderer(
    message: CompiledMessage,
    *,
    rows: Rows,
    run: Run,
    thread: Executor,
    fetcher: LinkedFetcher,
    write: Write,
) -> Callable[[Sequence[Owed]], Awaitable[dict[int, Request | Suppressed]]]:
    """Return a function that renders owed deliveries, by their ids.

    What a delivery saw of linked data is in the log before its first attempt: whoever renders it
    again, now or after a crash, renders the same bytes.
    """
    name = webhook_ids(run.run_key)

    async def render(owed: Sequence[Owed]) -> dict[int, Request | Suppressed]:
        attributes = await asyncio.get_running_loop().run_in_executor(thread, rows, owed)
        recipients = [
            Recipient(
                user_id=one.user_id,
                attributes=row,
                webhook_id=name(one.user_id, one.trigger_id),
                trigger_id=one.trigger_id,
            )
            for one, row in zip(owed, attributes, strict=True)
        ]
        ids = [one.id for one in owed]
        kept = await write(
            lambda connection: frozen.read(connection, run_id=run.id, delivery_ids=ids)
        )
        names = dict(zip(ids, (one.webhook_id for one in recipients), strict=True))
        rendered = await render_linked(
            message,
            recipients,
            fetcher=fetcher,
            frozen={names[one]: seen for one, seen in kept.items()},
        )
        by_id = dict(zip(ids, rendered, strict=True))
        # Who is suppressed gets no attempt, so there is nothing that has to stay the same.
        seen = {
            one: made.used
            for one, made in by_id.items()
            if one not in kept and made.used and isinstance(made.result, Request)
        }
        if seen:
            await write(lambda connection: frozen.freeze(connection, run_id=run.id, seen=seen))
        return {one: made.result for one, made in by_id.items()}

    return render
