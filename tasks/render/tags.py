"""The tags that Jinja lacks: `skip`, our own, and `unless` of Leanplum's engine."""

from __future__ import annotations

from typing import NoReturn

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

SKIP = "raise skipped"  # no identifier, so no template can name it


class Skipped(Exception):
    """A template decided that its recipient gets no request."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tags(Extension):
    """`{% skip "reason" %}` and `{% unless x %}...{% endunless %}`."""

    tags = {"skip", "unless"}  # noqa: RUF012 (jinja2's own way)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Return what one tag means in Jinja."""
        tag = next(parser.stream)
        if tag.value == "skip":
            return self._skip(parser, tag.lineno)
        test = nodes.Not(parser.parse_expression())
        body = parser.parse_statements(("name:endunless", "name:else"), drop_needle=False)
        other: list[nodes.Node] = []
        if next(parser.stream).value == "else":
            other = parser.parse_statements(("name:endunless",), drop_needle=True)
        return nodes.If(test, body, [], other, lineno=tag.lineno)

    def _skip(self, parser: Parser, line: int) -> nodes.Node:
        """Take a literal reason: reports count by it, and it must not quote a user's value."""
        reason = "skipped"
        if parser.stream.current.type == "string":
            reason = f"skipped: {next(parser.stream).value}"
        return nodes.ExprStmt(
            nodes.Filter(nodes.Const(reason), SKIP, [], [], None, None), lineno=line
        )


def skip(reason: str) -> NoReturn:
    """Raise Skipped with a reason."""
    raise Skipped(reason)
