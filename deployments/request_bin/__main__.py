"""Run the request bin as a process of its own: `python -m deployments.request_bin`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from blocks.mistake import AuthorMistake
from deployments.request_bin.app import HANG_LIMIT, MAX_BODY
from deployments.request_bin.record import KEEP
from deployments.request_bin.server import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments say; return 0 once stopped, 2 when they cannot be used."""
    given = _parser().parse_args(arguments)
    try:
        serve(
            host=given.host,
            port=given.port,
            faults=given.fault,
            keep=given.keep,
            max_body=given.max_body,
            hang_limit=given.hang_limit,
        )
    except AuthorMistake as mistake:
        print(mistake, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployments.request_bin", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to bind to (default: this machine only)")
    add("--port", type=int, default=0, help="0 takes a free one (default)")
    add("--keep", type=int, default=KEEP, help=f"requests kept a bin (default {KEEP})")
    add("--max-body", type=int, default=MAX_BODY, help=f"bytes kept a body (default {MAX_BODY})")
    add("--hang-limit", type=float, default=HANG_LIMIT, help="seconds a hanging request lasts")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="TEXT",
        help="such as 'first=2 status=503 retry_after=1 share=0.05'; may be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
