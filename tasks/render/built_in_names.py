"""Read built-in variables as what they are: columns of the user table, up to where they are set."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, TemplateSyntaxError, meta, nodes
from jinja2.visitor import NodeTransformer

from tasks.render.variables import BUILT_IN, OF_EVENTS, ONE_WORD, USER_ATTRIBUTE


class BuiltInBecomesItem(NodeTransformer):
    """Read `country` as `userAttribute['country']`, up to where the template sets the name."""

    def __init__(self, environment: Environment, columns: Mapping[str, str]) -> None:
        """Take the columns of those variables whose column has another name."""
        self.environment = environment
        self.columns = columns
        self.set = set[str]()  # names that were set so far

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the template; a name that may be set or not begins as the built-in variable."""
        self.generic_visit(node)
        known = {name for name in self.set if ONE_WORD.get(name, name) in BUILT_IN}
        open_ = sorted(known & undeclared(node, self.environment)) if known else []
        # The literal text that a template begins with stays its first part.
        place = 1 if node.body and isinstance(node.body[0], nodes.Output) else 0
        node.body[place:place] = [self._set(name) for name in open_]
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the look-up in place of a built-in variable."""
        if node.ctx != "load":
            self.set.add(node.name)
        name = ONE_WORD.get(node.name, node.name)
        if name not in BUILT_IN or node.name in self.set:
            return node
        return _attribute(node, self.columns.get(name, name))

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Read the value before the name is set."""
        node.node = self.visit(node.node)
        node.target = self.visit(node.target)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Read the block before the name is set."""
        node.body = [self.visit(each) for each in node.body]
        return self.generic_visit(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the look-up in place of what is counted from the event table."""
        return self._counted(node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the look-up in place of what is counted from the event table."""
        return self._counted(node)

    def _counted(self, node: nodes.Getitem | nodes.Getattr) -> nodes.Node:
        path = _path(node)
        if path and path[0] in OF_EVENTS and path[0] not in self.set:
            variable, *keys = path
            if len(keys) == (2 if variable == "recentOccurrencesOf" else 1):
                return _attribute(node, variable + "".join(f"[{key!r}]" for key in keys))
        return self.generic_visit(node)

    def _set(self, name: str) -> nodes.Node:
        """Set a name to its built-in variable, which need not be a column: it may be set later."""
        variable = ONE_WORD.get(name, name)
        at = nodes.Name(name, "load", lineno=1)
        tested, found, absent = (
            _attribute(at, self.columns.get(variable, variable)) for _ in range(3)
        )
        is_there = nodes.Test(tested, "defined", [], [], None, None, lineno=1)
        value = nodes.CondExpr(is_there, found, absent, lineno=1)
        assign = nodes.Assign(nodes.Name(name, "store", lineno=1), value, lineno=1)
        return assign.set_environment(self.environment)


def undeclared(template: nodes.Template, environment: Environment) -> set[str]:
    """Return the variables that a template may read without having set them.

    As `meta.find_undeclared_variables`, but without folding constants on the way. It finds none in
    a template that jinja2 cannot compile, for want of a filter, say.
    """
    tracking = meta.TrackingCodeGenerator(environment)
    tracking.optimizer = None
    try:
        tracking.visit(template)
    except TemplateSyntaxError:
        return set()
    return tracking.undeclared_identifiers


def _path(node: nodes.Node) -> list[str]:
    """Return a variable's name and the constant keys looked up in it; none for what else it is."""
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        path, key = _path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        path, key = _path(node.node), str(node.arg.value)
    else:
        return []
    return [*path, key] if path else []


def _attribute(node: nodes.Expr, column: str) -> nodes.Getitem:
    line = node.lineno
    holder = nodes.Name(USER_ATTRIBUTE, "load", lineno=line)
    found = nodes.Getitem(holder, nodes.Const(column, lineno=line), "load", lineno=line)
    found.environment = holder.environment = node.environment
    return found
