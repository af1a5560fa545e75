"""What the command line writes: results to stdout, all else to stderr."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import typer


def say(line: str) -> None:
    """Write a line for the person in front of the terminal, kept apart from results."""
    typer.echo(line, err=True)


def show(*lines: str) -> None:
    """Write lines of a result."""
    for line in lines:
        typer.echo(line)


def print_json(value: Any) -> None:
    """Write one object, indented where a person reads it."""
    indent = 2 if sys.stdout.isatty() else None
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent))


def plain(text: object) -> str:
    """Return a text of others on one line, without what would move the cursor."""
    return "".join(one if one.isprintable() else " " for one in str(text))


def instant(epoch: float | None) -> str | None:
    """Return a time as programs read it: ISO 8601 in UTC, to the millisecond."""
    if epoch is None:
        return None
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")


def local(epoch: float) -> str:
    """Return a time as people read it, in the zone of this machine."""
    return datetime.fromtimestamp(epoch).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def minute(moment: str) -> str:
    """Return an ISO 8601 time as tables show it, in the zone of this machine."""
    return datetime.fromisoformat(moment).astimezone().strftime("%m-%d %H:%M")


def seconds(length: float) -> str:
    """Return a length of time in words: `40 ms`, `1.5 s`, `12 s`, `2 min 5 s`, `1 h 3 min`."""
    if length < 1:
        return f"{length * 1000:.0f} ms"
    if length < 10:
        return f"{length:.1f} s"
    whole = round(length)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
