"""Run Prefect's server and serve the flows, so that campaigns are started from its pages."""

from __future__ import annotations

import asyncio
import os
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
    console = Console(highlight=False, soft_wrap=True)
    chosen = _port(port)
    try:
        with prefect_server(home=home, port=chosen) as server:
            console.print(f"Starting Prefect's server on port {server.port} ...")
            _connect(server, home=Path(home))
            _serve(server, console)
    except ServerDidNotStart as fault:
        console.print(str(fault), markup=False)
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


def _connect(server: PrefectServer, *, home: Path) -> None:
    """Let this process, and the runs it starts, use this server and this home's delivery log."""
    set_defaults(os.environ, home=home)
    os.environ["PREFECT_API_URL"] = server.api_url
    os.environ["PREFECT_UI_URL"] = server.ui_url
    os.environ.setdefault("HOOKLINE_LOG", f"sqlite:///{home / 'log.db'}")


def _serve(server: PrefectServer, console: Console) -> None:
    # Prefect reads its settings when it is imported, and takes its time: the server starts
    # meanwhile.
    from prefect import aserve

    from blocks.saved import SavedCampaign
    from deployments.serving import RUNS_AT_ONCE, deployments

    async def serve() -> None:
        await SavedCampaign.aregister_type_and_schema()
        _tell(server, console)
        await aserve(
            *deployments(),
            limit=RUNS_AT_ONCE,
            # Pausing would leave schedules silent after the next start.
            pause_on_shutdown=False,
            print_starting_message=False,
        )

    server.wait_until_ready()
    asyncio.run(serve())


def _tell(server: PrefectServer, console: Console) -> None:
    lines = (
        "",
        f"  Prefect's pages     {server.ui_url}",
        f"  Send a campaign     {server.ui_url}/deployments   choose send-campaign, then Run",
        f"  Keep its secrets    {server.ui_url}/blocks/catalog/hookline-campaign/create",
        "  Another terminal    .venv/bin/hookline bin   shows what a receiver gets",
        "",
        "Ctrl-C stops the server. A run that is being sent is settled first, and can be resumed.",
    )
    for line in lines:
        console.print(line, markup=False)
