"""Run Prefect's server and serve the flows, so that campaigns are started from its pages."""

from __future__ import annotations

import _thread
import asyncio
import os
import signal
import threading
from pathlib import Path

from rich.console import Console

from blocks.mistake import AuthorMistake
from deployments.prefect_environment import HOME, set_defaults
from deployments.prefect_server import (
    UI_PORT,
    PrefectServer,
    ServerDidNotStart,
    free_port,
    prefect_server,
)


def run_up(*, port: int | None = None, home: Path | str = HOME) -> int:
    """Serve until Ctrl-C or a termination signal; return 0, or 1 if the server did not start.

    Without a port the pages are at 4200, or at the next free one. Raises AuthorMistake when the
    port that was given is taken.
    """
    console = Console(highlight=False, soft_wrap=True, markup=False)
    chosen = _port(port)
    _keep_interrupts()
    try:
        with prefect_server(home=home, port=chosen) as server:
            console.print(f"Prefect's server is starting on {server.ui_url}")
            _connect(server, home=Path(home))
            _serve(server, console)
    except ServerDidNotStart as fault:
        console.print(str(fault))
        return 1
    except KeyboardInterrupt:
        pass
    console.print("Stopped.")
    return 0


def _port(given: int | None) -> int:
    if given is None:
        return free_port(*range(UI_PORT, UI_PORT + 100))
    if free_port(given) != given:
        raise AuthorMistake.of("port", f"{given} is taken", hint="without it a free one is found")
    return given


def _keep_interrupts() -> None:
    """Let Ctrl-C reach this process and none that it starts from now on.

    A terminal sends it to all of them, and this one tells the runs to stop by itself: they would
    take it for being told twice, which ends them at once. Only blocking is inherited for good.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def interrupt() -> None:
        while True:
            signal.sigwait({signal.SIGINT})
            _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()


def _connect(server: PrefectServer, *, home: Path) -> None:
    """Let this process, and the runs it starts, use this server and this home's delivery log."""
    set_defaults(os.environ, home=home)
    os.environ["PREFECT_API_URL"] = server.api_url
    os.environ["PREFECT_UI_URL"] = server.ui_url
    os.environ.setdefault("HOOKLINE_LOG", f"sqlite:///{home / 'log.db'}")


def _serve(server: PrefectServer, console: Console) -> None:
    # Prefect reads its settings when it is imported, and takes its time: the server starts
    # meanwhile.
    from deployments.serving import serve

    def ready() -> None:
        for line in (
            "",
            f"  Send a campaign    {server.ui_url}/deployments  (send-campaign, then Run)",
            f"  Keep its secrets   {server.ui_url}/blocks/catalog/hookline-campaign/create",
            f"  Look at runs       {server.ui_url}/runs",
            "  Receive webhooks   .venv/bin/hookline bin, in another terminal",
            "",
            "Variables that a campaign names as ${NAME} come from the environment of this command.",
            "Ctrl-C stops the server, after runs have settled what is in the air.",
        ):
            console.print(line)

    def settling() -> None:
        console.print("Stopping; runs settle what is in the air (Ctrl-C again: at once)")

    server.wait_until_ready()
    asyncio.run(serve(ready=ready, settling=settling))
