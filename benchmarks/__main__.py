"""Measure: `python -m benchmarks [--quick] [--only NAME ...] [--out FILE]`."""

from __future__ import annotations

import argparse
import functools
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import report
from benchmarks.run import run
from benchmarks.scenarios import NoSuchFigure, chosen
from benchmarks.sizes import FULL, QUICK

RESULTS = Path(__file__).with_name("results.json")
PIPE_WIDTH = 120
FOLDER = Path(".hookline") / "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; return 0, 1 when a run went wrong, 2 for an unknown name."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        scenarios = chosen(given.only)
    except NoSuchFigure as unknown:
        print(unknown, file=sys.stderr)
        return 2
    folder = (FOLDER / str(os.getpid())).absolute()
    try:
        results = run(
            scenarios,
            sizes=QUICK if given.quick else FULL,
            folder=folder,
            say=functools.partial(print, flush=True),
        )
    except KeyboardInterrupt:
        print("stopped: all processes are ended, nothing is written", file=sys.stderr)
        return 1
    kind = "quick, for the order of magnitude only" if given.quick else "in full"
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(report.table(results["figures"], title=f"Hookline's figures, {kind}"))
    told = {"kind": "quick" if given.quick else "full", **results}
    report.write(given.out, told, added=bool(given.only))
    print(f"written to {given.out}")
    for name, fault in results["went_wrong"].items():
        print(f"{name} went wrong: {fault}", file=sys.stderr)
    return 1 if results["went_wrong"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="small numbers, once each: under three minutes")
    add(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="scenarios or figures; all if none is named",
    )
    add("--out", type=Path, default=RESULTS, help="file for the results (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
