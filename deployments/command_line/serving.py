"""Commands that run servers: `demo`, `bin` and `up`."""

from __future__ import annotations

from typing import Annotated

import typer


def demo() -> None:
    """Send a sample campaign to a receiver on this machine and show what happened.

    Everything runs here: Prefect's server, a request bin that misbehaves on purpose, a thousand
    users of whom about 190 are selected. Takes about a minute.

    Example: `hookline demo`
    """
    from deployments.demo import run_demo

    raise typer.Exit(run_demo())


def bin_(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 0,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; this machine only by default.")
    ] = "127.0.0.1",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="TEXT",
            help="Misbehave: conditions (first=N attempts of each webhook-id, share=0.05 of them, "
            "path=TEXT, body=TEXT), then what happens (status=503, retry_after=2, delay=1, close, "
            "hang, truncate). May be repeated; the first that fits counts.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run a request bin: a receiver that records whatever is sent to it and shows it on a page.

    Send to /in/NAME by any method and look at /bin/NAME in a browser, or /bin/NAME.json.

    Example: `hookline bin --port 8010 --fault 'first=1 share=0.05 status=503'`
    """
    from deployments.request_bin.server import serve

    serve(host=host, port=port, faults=fault or [])


def up(
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Port of the pages.", show_default=False),
    ] = None,
) -> None:
    """Start Prefect's server with the campaigns as deployments, to start and watch runs there.

    Everything it keeps is under .hookline/. Ctrl-C ends it.

    Example: `hookline up --port 4200`
    """
    from deployments.up import run_up

    raise typer.Exit(run_up(port=port))
