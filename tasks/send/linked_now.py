"""Render recipients with linked data where nothing is sent, from code that is not asynchronous."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from tasks.render.message import CompiledMessage
from tasks.render.request import Recipient, Request, Suppressed
from tasks.send.linked import LinkedFetcher
from tasks.send.linked_render import render_linked
from tasks.send.transport import open_transport

# The sources have time-outs of their own, which are shorter.
TRANSPORT_SECONDS = 60.0
# Recipients whose answers are fetched together.
AT_ONCE = 500

Made = tuple[Recipient, Request | Suppressed]


@contextlib.contextmanager
def fetching(message: CompiledMessage) -> Iterator[Callable[[Iterable[Recipient]], Iterator[Made]]]:
    """Yield what renders recipients with the answers of services, asked as for a send.

    It returns each recipient as they saw the answers, and what came of them; answers are kept as
    long as their sources say. Not for a thread that runs an event loop. The message must name
    linked data.
    """
    linked = message.linked
    assert linked is not None, "who names no linked data has nothing to fetch"
    with asyncio.Runner() as runner, contextlib.ExitStack() as closing:
        opened = open_transport(timeout=TRANSPORT_SECONDS)
        transport = runner.run(opened.__aenter__())
        closing.callback(lambda: runner.run(opened.__aexit__(None, None, None)))
        fetcher = LinkedFetcher(transport, clock=time.monotonic)
        closing.callback(lambda: runner.run(fetcher.aclose()))

        def render(recipients: Iterable[Recipient]) -> Iterator[Made]:
            rest = iter(recipients)
            while some := list(islice(rest, AT_ONCE)):
                made = runner.run(render_linked(message, some, fetcher=fetcher, frozen={}))
                for one, rendered in zip(some, made, strict=True):
                    yield replace(one, linked=linked.view(one, rendered.used)), rendered.result

        yield render
