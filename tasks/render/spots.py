"""Where something stands in a template: a line that knows its column."""

from __future__ import annotations

import re

_LINE_BREAK = re.compile(r"\r\n|\r|\n")  # as Jinja reads them


class Spot(int):
    """A line number, from 1, and the column in it, from 1; Jinja takes it for the number alone."""

    column: int

    def __new__(cls, line: int, column: int) -> Spot:
        """Return the number of a line with a column."""
        spot = super().__new__(cls, line)
        spot.column = column
        return spot


class Cursor:
    """Goes through a template, to tell where each of its pieces stands."""

    def __init__(self, source: str) -> None:
        """Start in front of the template."""
        self._source = _LINE_BREAK.sub("\n", source)
        self._at = 0

    def past(self, line: int, piece: str) -> Spot:
        """Return where the next piece stands, and go past it; blanks may be left out before it."""
        start = max(self._source.find(piece, self._at), self._at)
        self._at = start + len(piece)
        return self._on(line, start)

    def on(self, line: int) -> Spot:
        """Return where it is, on a line."""
        return self._on(line, self._at)

    def _on(self, line: int, at: int) -> Spot:
        return Spot(line, at - self._source.rfind("\n", 0, at))


def told(line: int | None) -> str:
    """Return a place in words: `line 2, column 14`."""
    return f"line {line}, column {line.column}" if isinstance(line, Spot) else f"line {line}"
