"""The arguments and options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def _choose_log(url: str | None) -> str | None:
    """Let the whole process use this delivery log: flows read its address from the environment."""
    if url:
        os.environ["HOOKLINE_LOG"] = url
    return url


File = Annotated[
    Path, typer.Argument(metavar="FILE", help="Campaign file (YAML).", show_default=False)
]
RunKey = Annotated[
    str,
    typer.Argument(
        metavar="RUN_KEY", help="A run's key, its beginning, or latest.", show_default=False
    ),
]
Users = Annotated[
    str,
    typer.Option(
        "--users",
        metavar="SRC",
        help="Another user table than the file names: a path, or a database's URL#table.",
        show_default=False,
    ),
]
Events = Annotated[
    str,
    typer.Option(
        "--events",
        metavar="SRC",
        help="Another event table than the file names: a path, a folder, or a URL#table.",
        show_default=False,
    ),
]
Log = Annotated[
    str | None,
    typer.Option(
        "--log",
        metavar="URL",
        callback=_choose_log,
        envvar="HOOKLINE_LOG",
        show_envvar=True,
        help="Delivery log (default sqlite:///.hookline/log.db).",
        show_default=False,
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=0,
        max=256,
        metavar="N",
        help="Processes that send: this one and N-1 more; 0 takes as many as pay.",
    ),
]
Cluster = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="URL",
        help="A running Dask cluster for the other processes, such as tcp://10.0.0.5:8786.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")]
