"""Wrap what a template prints in the filters that escape it by where it is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from tasks.render.escaping import (
    AS_JSON,
    AS_WRITTEN,
    IN_FORM,
    IN_JSON_TEXT,
    IN_QUOTES,
    IN_URL,
    WRITTEN,
    Place,
)

# Filters whose result stands in a place as it is: the author has escaped it, or opted out.
_AS_IT_IS: Mapping[str, frozenset[str]] = {
    "url": frozenset({"safe", "urlencode"}),
    "form": frozenset({"safe", "urlencode"}),
    "json": frozenset({"safe", "tojson", "escapejson", "escapejs"}),
}
_FALLBACKS = frozenset({"default", "d"})
_AFTER_ORIGIN = re.compile(r"[^/?#]*://[^/?#]*[/?#]|[^:/?#]*[/?#]")
_STRING_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_CALLER = "caller"


def escaped(template: nodes.Template, place: Place) -> nodes.Template:
    """Return a template for a place, its printed expressions wrapped.

    What a macro, a call or a `set` block writes is a text like any other, escaped where it is
    printed. Only one that is printed outside the quotes of JSON is JSON itself, and what it prints
    is escaped within.
    """
    asked, is_json = frozenset[str](), None
    while asked != is_json:  # what such a body prints outside quotes is JSON, too
        is_json = asked
        walk = _Walk(template, place, is_json, wraps=False)
        walk.visit(template)
        asked = is_json | walk.asked
    _Walk(template, place, asked, wraps=True).visit(template)
    for node in template.find_all(nodes.Filter):
        node.environment = template.environment
    return template


class _Walk(NodeTransformer):
    """Goes through a template in the order of its text, and past the bodies that are no JSON."""

    def __init__(
        self, template: nodes.Template, place: Place, is_json: frozenset[str], *, wraps: bool
    ) -> None:
        self.place = place
        self.is_json = is_json  # names whose bodies are JSON
        self.wraps = wraps
        self.blocks = {_named(node.target) for node in template.find_all(nodes.AssignBlock)}
        self.macros = _macros(template)
        self.asked = frozenset[str]()  # names that are printed in JSON, outside of quotes
        self.is_quoted = False  # inside a JSON string
        self.before = ""  # the literal text so far, `0` for each value

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the output, each value in its filter."""
        node.nodes = [self._printed(child) for child in node.nodes]
        return node

    def visit_If(self, node: nodes.If) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Begin every branch where the first one begins, and go on where it ends."""
        begin = (self.is_quoted, self.before)
        self._visit_all(node.body)
        end = (self.is_quoted, self.before)
        for branch in (*(each.body for each in node.elif_), node.else_):
            self.is_quoted, self.before = begin
            self._visit_all(branch)
        self.is_quoted, self.before = end
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the macro, its values escaped if it writes JSON."""
        self._visit_body(node.body, node.name)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the block, marked if it is JSON; what a filter makes of it is not."""
        if node.filter is None and self._visit_body(node.body, _named(node.target)) and self.wraps:
            node.filter = _filter(None, WRITTEN, node)
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the call, what it writes in its filter."""
        self._visit_body(node.body, _CALLER)
        name, called = self._filter(), _named(node.call.node)
        self.before += "0"
        if name == AS_JSON and called in self.macros:
            self.asked |= {called}
        elif name and self.wraps:
            return nodes.FilterBlock([node], _filter(None, name, node), lineno=node.lineno)
        return node

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the block; between the quotes of JSON its text is escaped once it is filtered."""
        if node.filter.name in _AS_IT_IS[self.place] - {"safe"}:
            return node
        if not (self.place == "json" and self.is_quoted):
            self._visit_all(node.body)
        elif self.wraps:
            node.filter = _filter(node.filter, IN_JSON_TEXT, node)
        return node

    def _visit_body(self, body: list[nodes.Node], name: str) -> bool:
        """Go through a body if it is JSON, which begins outside quotes; tell whether it is."""
        if name not in self.is_json:
            return False
        outer, self.is_quoted = self.is_quoted, False
        self._visit_all(body)
        self.is_quoted = outer
        return True

    def _visit_all(self, body: list[nodes.Node]) -> None:
        body[:] = [self.visit(node) for node in body]

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
        core: nodes.Expr = node
        holder: nodes.Filter | None = None
        while isinstance(core, nodes.Filter) and core.name in _FALLBACKS and core.node:
            holder, core = core, core.node
        if isinstance(core, nodes.Filter) and core.name in _AS_IT_IS[self.place]:
            return node
        if name == AS_JSON and self._is_written(core):
            name = AS_WRITTEN
            if self.wraps and isinstance(core, nodes.Call):
                core = _filter(core, WRITTEN, node)
                if holder:
                    holder.node = core
                node = node if holder else core
        return _filter(node, name, node) if self.wraps else node

    def _is_written(self, node: nodes.Expr) -> bool:
        """Tell whether an expression gives what a body wrote, which is asked to be JSON then."""
        name = _named(node.node) if isinstance(node, nodes.Call) else _named(node)
        known = self.macros if isinstance(node, nodes.Call) else self.blocks
        if not name or name not in known:
            return False
        self.asked |= {name}
        return True


def _macros(template: nodes.Template) -> set[str]:
    """Return the names that are macros wherever they are called, for nothing else has them."""
    others = {name.name for name in template.find_all(nodes.Name) if name.ctx != "load"}
    others |= {keyword.key for keyword in template.find_all(nodes.Keyword)}
    return {_CALLER, *(macro.name for macro in template.find_all(nodes.Macro))} - others


def _named(node: nodes.Node) -> str:
    return node.name if isinstance(node, nodes.Name) else ""


def _filter(node: nodes.Expr | None, name: str, at: nodes.Node) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=at.lineno)
