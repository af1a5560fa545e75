"""Measure: `python -m benchmarks [--quick] [--only NAME ...] [--out FILE]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import report
from benchmarks.child import ChildFailed
from benchmarks.run import run
from benchmarks.scenarios import NoSuchFigure, chosen
from benchmarks.sizes import FULL, QUICK
from benchmarks.stage import WentWrong

RESULTS = Path(__file__).with_name("results.json")
FOLDER = Path(".hookline") / "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; return 0, 1 when a run went wrong, 2 for an unknown name."""
    given = _parser().parse_args(arguments)
    console = Console()
    try:
        scenarios = chosen(given.only)
    except NoSuchFigure as unknown:
        print(unknown, file=sys.stderr)
        return 2
    folder = (FOLDER / str(os.getpid())).absolute()
    try:
        results = run(
            scenarios, sizes=QUICK if given.quick else FULL, folder=folder, say=console.print
        )
    except (WentWrong, ChildFailed) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: all processes are ended, nothing is written", file=sys.stderr)
        return 1
    kind = "quick, for the order of magnitude only" if given.quick else "in full"
    console.print(report.table(results["figures"], title=f"Hookline's figures, {kind}"))
    report.write(given.out, {"kind": "quick" if given.quick else "full", **results})
    console.print(f"written to {given.out}")
    return 0


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
