"""Escape what a template prints by where it prints it: in a URL, a form or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from jinja2 import nodes

Place = Literal["url", "form", "json", "text"]

# Filters whose result stands in a place as it is: the author has escaped it, or opted out.
_AS_IT_IS: Mapping[str, frozenset[str]] = {
    "url": frozenset({"safe", "urlencode"}),
    "form": frozenset({"safe", "urlencode"}),
    "json": frozenset({"safe", "tojson", "escapejson", "escapejs"}),
}
_FALLBACKS = frozenset({"default", "d"})
_AFTER_ORIGIN = re.compile(r"[^/?#]*://[^/?#]*[/?#]|[^:/?#]*[/?#]")
_JSON_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_STRING_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)

_to_json = json.JSONEncoder(ensure_ascii=False).encode


class Escaping:
    """Walks a template in the order of its text and wraps what it prints."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.is_quoted = False  # inside a JSON string
        self.before = ""  # the literal text so far, `0` for each value

    def over(self, template: nodes.Template) -> nodes.Template:
        """Return the template, its printed expressions wrapped in the filters of FILTERS."""
        self.captured = {
            node.target.name
            for node in template.find_all(nodes.AssignBlock)
            if isinstance(node.target, nodes.Name)
        }
        self.captured |= {"caller", *(node.name for node in template.find_all(nodes.Macro))}
        self._walk(template)
        for node in template.find_all(nodes.Filter):
            node.environment = template.environment
        return template

    def _walk(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Output):
            node.nodes = [self._printed(child) for child in node.nodes]
        elif isinstance(node, nodes.If):
            self._walk_branches([node.body, *(each.body for each in node.elif_), node.else_])
        elif isinstance(node, nodes.Macro | nodes.AssignBlock | nodes.CallBlock):
            outer, self.is_quoted = self.is_quoted, False
            self._walk_children(node)
            self.is_quoted = outer
        else:
            self._walk_children(node)

    def _walk_children(self, node: nodes.Node) -> None:
        for child in node.iter_child_nodes():
            self._walk(child)

    def _walk_branches(self, branches: list[list[Any]]) -> None:
        """Begin every branch where the first one begins, and go on where it ends."""
        begin = (self.is_quoted, self.before)
        end = begin
        for number, branch in enumerate(branches):
            self.is_quoted, self.before = begin
            for node in branch:
                self._walk(node)
            end = (self.is_quoted, self.before) if number == 0 else end
        self.is_quoted, self.before = end

    def _printed(self, node: nodes.Expr) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData):
            self.before += node.data
            quotes = [each for each in _STRING_OR_QUOTE.findall(node.data) if each == '"']
            self.is_quoted ^= len(quotes) % 2 == 1
            return node
        name = self._filter()
        self.before += "0"
        return self._wrapped(node, name) if name else node

    def _filter(self) -> str:
        """Return the filter that is right where the template stands."""
        if self.place == "url" and not _AFTER_ORIGIN.match(self.before):
            return ""  # it may be the whole origin
        if self.place == "json":
            return IN_JSON_TEXT if self.is_quoted else AS_JSON
        return IN_QUOTES if self.is_quoted else IN_URL if self.place == "url" else IN_FORM

    def _wrapped(self, node: nodes.Expr, name: str) -> nodes.Expr:
        if isinstance(node, nodes.CondExpr):
            node.expr1 = self._wrapped(node.expr1, name)
            node.expr2 = self._wrapped(node.expr2, name) if node.expr2 else None
            return node
        core = node
        while isinstance(core, nodes.Filter) and core.name in _FALLBACKS and core.node:
            core = core.node
        if isinstance(core, nodes.Filter) and core.name in _AS_IT_IS[self.place]:
            return node
        # What a macro or a `set` block wrote is JSON text already, escaped inside.
        written = core.node if isinstance(core, nodes.Call) else core
        is_written = isinstance(written, nodes.Name) and written.name in self.captured
        if self.place == "json" and is_written:
            return node
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


# No identifiers, so no template can name them.
IN_URL, IN_FORM, IN_QUOTES = "in a URL", "in a form", "in JSON in a URL"
IN_JSON_TEXT, AS_JSON = "in a JSON text", "as JSON"


def filters(printed: Callable[[Any], str]) -> Iterator[tuple[str, Callable[[Any], str]]]:
    """Yield the filters by name; `printed` writes a value as messages print it."""
    yield IN_URL, lambda value: quote(printed(value), safe="")
    yield IN_FORM, lambda value: quote_plus(printed(value))
    yield IN_QUOTES, lambda value: quote(_to_json(printed(value))[1:-1], safe="")
    yield IN_JSON_TEXT, lambda value: _to_json(printed(value))[1:-1]
    yield AS_JSON, lambda value: _as_json(value, printed(value))


def _as_json(value: Any, text: str) -> str:
    """Return a value that stands outside quotes: numbers as they are, other texts quoted."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, date | time) or not _JSON_SCALAR.fullmatch(text):
        return _to_json(text)
    return text
