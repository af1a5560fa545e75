"""Regular expressions that cannot hang: RE2's time is linear in the text, so none needs a clock.

With a time-out instead, the machine's load would decide whether a recipient gets a request.
"""

from __future__ import annotations

from typing import Any

import re2
from jinja2 import pass_context
from jinja2.runtime import Context

from tasks.render.bounds import TooMuchWork, take, within

_LONGEST_PATTERN = 1_000
_MEMORY = 1 << 20  # bytes for one pattern, of which re2 keeps 128
_MOST_GROUPS = 100


class PatternError(ValueError):
    """A pattern is none, asks for what RE2 lacks (looking around, going back), or is too large."""


@pass_context
def regex_replace(context: Context, value: Any, pattern: str, replacement: str) -> str:
    r"""Return a text with what a pattern finds replaced; `\1` stands for its first group."""
    text = str(value)
    if len(pattern) > _LONGEST_PATTERN or replacement.count("\\") > _MOST_GROUPS:
        raise TooMuchWork
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error:
        raise PatternError from None
    pieces, end, size = list[str](), 0, 0
    _look(context, compiled, len(text))
    for found in compiled.finditer(text):
        within(len(replacement) * (1 + found.end() - found.start()))
        pieces += (text[end : found.start()], found.expand(replacement))
        end, size = found.end(), size + len(pieces[-2]) + len(pieces[-1])
        within(size)
        _look(context, compiled, len(text) - end)
    return "".join([*pieces, text[end:]])


def _look(context: Context, compiled: Any, rest: int) -> None:
    """Take the steps of one search; a large pattern costs more for each character."""
    take(context, 1 + rest * compiled.programsize**2 // 500_000)


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # the reason names the recipient's text by its kind only
    options.max_mem = _MEMORY
    return options
