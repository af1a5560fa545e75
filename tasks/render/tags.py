"""The tags that Jinja lacks: `skip`, our own, and `unless`, `ifchanged` and `cycle`."""

from __future__ import annotations

import itertools
from typing import Any, NoReturn

from jinja2 import nodes, pass_context
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context

# No identifiers, so no template can name them.
SKIP = "raise skipped"
CHANGED = "has changed"

_numbers = itertools.count()


class Skipped(Exception):
    """A template decided that its recipient gets no request."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tags(Extension):
    """`skip "reason"`, `unless x`, `ifchanged x` and, in a loop, `cycle "a", "b"`."""

    tags = {"skip", "unless", "ifchanged", "cycle"}  # noqa: RUF012 (jinja2's own way)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        """Return what one tag means in Jinja."""
        tag = next(parser.stream)
        if tag.value == "skip":
            return self._skip(parser, tag.lineno)
        if tag.value == "cycle":
            return self._cycle(parser, tag.lineno)
        if tag.value == "ifchanged":
            return self._if_changed(parser, tag.lineno)
        return self._unless(parser, tag.lineno)

    def _unless(self, parser: Parser, line: int) -> nodes.Node:
        test = nodes.Not(parser.parse_expression())
        body = parser.parse_statements(("name:endunless", "name:else"), drop_needle=False)
        other: list[nodes.Node] = []
        if next(parser.stream).value == "else":
            other = parser.parse_statements(("name:endunless",), drop_needle=True)
        return nodes.If(test, body, [], other, lineno=line)

    def _cycle(self, parser: Parser, line: int) -> nodes.Node:
        values = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            values.append(parser.parse_expression())
        loop = nodes.Name("loop", "load", lineno=line)
        cycle = nodes.Getattr(loop, "cycle", "load", lineno=line)
        return nodes.Output([nodes.Call(cycle, values, [], None, None, lineno=line)], lineno=line)

    def _if_changed(self, parser: Parser, line: int) -> nodes.Node:
        """Tell the tags of all texts apart by a number: one recipient's texts share a context."""
        arguments: list[nodes.Expr] = [nodes.Const(next(_numbers))]
        value = parser.parse_expression()
        test = nodes.Filter(value, CHANGED, arguments, [], None, None, lineno=line)
        body = parser.parse_statements(("name:endifchanged",), drop_needle=True)
        return nodes.If(test, body, [], [], lineno=line)

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


@pass_context
def changed(context: Context, value: Any, tag: int) -> bool:
    """Tell whether a value is another one than when its tag was last passed."""
    key = f"{CHANGED} {tag}"
    before = context.parent.get(key, context)  # which no value of a template is
    context.parent[key] = value
    return bool(before is context or before != value)
