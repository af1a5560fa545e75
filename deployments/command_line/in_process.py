"""Run a sending flow in this process, with a server of Prefect's beside it where there is none."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVarTuple

import httpx
import typer
import uvloop

from deployments.command_line.output import say
from deployments.command_line.progress import shown_progress

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from tasks.log.transaction import Log

STOPPED = 1

Given = TypeVarTuple("Given")
# Gives what to await; called once Prefect may be imported.
Start = Callable[[], "Awaitable[State[Any]]"]


def start_prefect() -> None:
    """Have a server of Prefect's: the one at PREFECT_API_URL, or one for this process.

    Exits with 1 when it does not start.
    """
    from deployments.prefect_environment import HOME, set_defaults
    from deployments.prefect_server import ServerDidNotStart, prefect_server

    set_defaults(os.environ, home=HOME)
    # What went wrong is in the report, or raised here: twice on a terminal is once too often.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    if os.environ.get("PREFECT_API_URL"):
        say(f"Prefect: {os.environ['PREFECT_API_URL']}")
        return
    say("starting Prefect ...")
    servers = contextlib.ExitStack()
    # Before Prefect is imported: what it has to say to the server at the exit, it says before.
    atexit.register(_end, servers)
    server = servers.enter_context(prefect_server(home=HOME))
    # Prefect reads its settings when it is imported.
    os.environ["PREFECT_API_URL"] = server.api_url
    try:
        import prefect  # noqa: F401 (meanwhile the server starts)

        server.wait_until_ready()
    except ServerDidNotStart as failure:
        say(str(failure))
        raise typer.Exit(STOPPED) from None


def run_flow(start: Start, *, log: Log, run_key: str) -> bool:
    """Run a flow to its end and show progress; what became of the run is in the log then.

    Returns whether Prefect's server heard of the end. Raises AuthorMistake when the flow was
    refused, and what it raised when it broke.
    """
    with told_warnings(), shown_progress(log, run_key=run_key):
        return outcome_of(start).heard


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a flow returned, and whether Prefect's server heard of it."""

    value: Any = None
    heard: bool = True


def outcome_of(start: Start) -> Outcome:
    """Run a flow to its end and return its outcome; without a value when it was stopped at once.

    Raises AuthorMistake when the flow was refused, and what it raised when it broke.
    """
    with asyncio.Runner(loop_factory=_Loop) as runner:
        try:
            state = runner.run(_started(start))
        except (KeyboardInterrupt, asyncio.CancelledError):
            say("stopped at once: what was in the air is in doubt")
            return Outcome()
        except httpx.TransportError as error:
            say(f"Prefect's server does not answer ({type(error).__name__}): its pages do not know")
            return Outcome(heard=False)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, Exception):
        raise outcome
    return Outcome(outcome)


def end_unheard(code: int) -> NoReturn:
    """End this process with an exit code and without Prefect's farewell.

    It would try each of the events that nobody took, two or three a webhook in small audiences,
    for seven seconds, before it let the process end.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@contextlib.contextmanager
def told_warnings() -> Iterator[None]:
    """Say what our own loggers warn of, each thing once: Prefect's handlers are silenced."""
    teller, logger = _Teller(logging.WARNING), logging.getLogger("hookline")
    logger.addHandler(teller)
    try:
        yield
    finally:
        logger.removeHandler(teller)


class _Teller(logging.Handler):
    """Says a warning to the person in front of the terminal."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, unless it was said before."""
        if (line := record.getMessage()) not in self.told:
            self.told.add(line)
            say(line)


def _end(servers: contextlib.ExitStack) -> None:
    # Everything is told by now: an impatient Ctrl-C would only add a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    servers.close()


async def _started(start: Start) -> State[Any]:
    return await start()


class _Loop(uvloop.Loop):
    """An event loop that tells the person who pressed Ctrl-C that it was heard."""

    def add_signal_handler(
        self, sig: int, callback: Callable[[*Given], object], *args: *Given
    ) -> None:
        """Call back on a signal, saying so first."""
        heard: list[int] = []

        def told() -> None:
            heard.append(sig)
            if len(heard) == 1:
                say("stopping: what is in the air lands first (once more: at once)")
            callback(*args)

        super().add_signal_handler(sig, told)
