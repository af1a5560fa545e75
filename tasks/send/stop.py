"""Stop a sender cleanly on Ctrl-C or a termination signal; a second one ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first SIGINT or SIGTERM, and cancel the task within at the next one.

    Signals reach only a process's main thread; elsewhere the log's `wanted` and Prefect's own
    cancelling remain.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "whoever sends does so in a task"
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    asked: list[signal.Signals] = []

    def ask(one: signal.Signals) -> None:
        asked.append(one)
        if len(asked) == 1:
            stop()
        else:
            task.cancel()

    for one in before:
        loop.add_signal_handler(one, ask, one)
    try:
        yield
    finally:
        for one, handler in before.items():
            loop.remove_signal_handler(one)
            signal.signal(one, handler)
