"""Print rows as a table that fits the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deployments.command_line.output import plain

# A pipe has no width: whoever reads it gets whole values.
NO_TERMINAL = 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; one that shrinks is wrapped where the terminal is narrow."""

    name: str
    title: str
    is_number: bool = False
    shrinks: bool = False


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Print rows on stdout, numbers to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.is_number else "left",
            no_wrap=not column.shrinks,
            overflow="fold",
        )
    for row in rows:
        # As Text: what stands in square brackets is not markup.
        table.add_row(*(Text(_cell(row[column.name])) for column in columns))
    width = None if sys.stdout.isatty() else NO_TERMINAL
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else plain(value)
