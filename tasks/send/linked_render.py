"""Render recipients whose templates look linked data up: render, fetch what is missing, again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tasks.render.linked import Asked, LinkedView, asked, used
from tasks.render.message import CompiledMessage
from tasks.render.request import Recipient, Request, Suppressed
from tasks.send.linked import LinkedFetcher

# An answer may lead to the next URL. What is looked up after that many steps is null.
MOST_STEPS = 10
# Between two slices the event loop looks at its sockets: a few milliseconds of rendering.
SLICE = 50


class Rendered(NamedTuple):
    """What came of one recipient, and the answers that went into it, by their keys."""

    result: Request | Suppressed
    used: Mapping[str, Any]


async def render_linked(
    message: CompiledMessage,
    recipients: Sequence[Recipient],
    *,
    fetcher: LinkedFetcher,
    frozen: Mapping[str, Mapping[str, Any]],
) -> list[Rendered]:
    """Render recipients in their order, each with the answers that it looks up.

    `frozen` has the answers of an earlier rendering by webhook-id: these are used as they were,
    and nothing is fetched beside them.
    """
    answers = [dict(frozen.get(one.webhook_id, {})) for one in recipients]
    rendered: list[Rendered] = [Rendered(Suppressed(""), {})] * len(recipients)
    open_places = list(range(len(recipients)))
    steps = 0
    while open_places:
        wanted: dict[int, list[Asked]] = {}
        for count, place in enumerate(open_places):
            if count % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            rendered[place], missing = _render(message, recipients[place], answers[place])
            if missing and steps < MOST_STEPS and recipients[place].webhook_id not in frozen:
                wanted[place] = missing
        fetched = await fetcher.fetch([one for several in wanted.values() for one in several])
        for place, several in wanted.items():
            answers[place] |= {one.key: fetched[one.key] for one in several}
        open_places = list(wanted)
        steps += 1
    return rendered


def _render(
    message: CompiledMessage, recipient: Recipient, answers: Mapping[str, Any]
) -> tuple[Rendered, list[Asked]]:
    view = _view(message, recipient, answers)
    result = message.render(replace(recipient, linked=view))
    return Rendered(result, used(view)), asked(view)


def _view(message: CompiledMessage, recipient: Recipient, answers: Mapping[str, Any]) -> LinkedView:
    assert message.linked is not None, "who names no linked data is rendered at once"
    return message.linked.view(recipient, answers)
