"""Stop senders cleanly on Ctrl-C or a termination signal; a second one ends them at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class _Asked:
    """How often this process was asked to stop, and what of it can be stopped."""

    times: int = 0
    stops: dict[asyncio.Task[Any], Callable[[], None]] = field(default_factory=dict)
    before: dict[signal.Signals, Any] = field(default_factory=dict)

    def listen(self) -> None:
        """Hear the signals from now on."""
        self.times = 0
        self.before = {one: signal.getsignal(one) for one in SIGNALS}
        for one in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(one, self._ask)

    def leave(self) -> None:
        """Leave the signals to whoever had them before."""
        for one, handler in self.before.items():
            asyncio.get_running_loop().remove_signal_handler(one)
            signal.signal(one, handler)

    def _ask(self) -> None:
        self.times += 1
        for task, stop in [*self.stops.items()]:
            if self.times == 1:
                stop()
            else:
                task.cancel()


# Signals reach a whole process, so this is one for all runs that it sends.
_asked = _Asked()


@contextlib.contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first SIGINT or SIGTERM, and cancel the task within at the next one.

    Several tasks of a loop may be within at once; one that enters later is stopped as well. Signals
    reach only a process's main thread; elsewhere the log's `wanted` and Prefect's own cancelling
    remain.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    task = asyncio.current_task()
    assert task is not None, "whoever sends does so in a task"
    if not _asked.stops:
        _asked.listen()
    _asked.stops[task] = stop
    if _asked.times:
        stop()
    try:
        yield
    finally:
        del _asked.stops[task]
        if not _asked.stops:
            _asked.leave()
