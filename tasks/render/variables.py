"""Which user attributes a template names, and which of them it can do without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from tasks.render.bounds import EACH, PAIRS, PASSED

USER_ATTRIBUTE = "userAttribute"

_RESCUING_FILTERS = frozenset({"default", "d"})
_RESCUING_TESTS = frozenset({"defined", "undefined", "none"})


class Everything(Enum):
    """A template that looks attributes up by a name it computes needs every column."""

    EVERYTHING = "every column of the user table"


EVERYTHING = Everything.EVERYTHING


@dataclass(frozen=True, slots=True)
class Named:
    """The attributes that templates name; `guarded` are those that may be missing everywhere."""

    names: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def attributes(self) -> frozenset[str] | Everything:
        """Return the columns to load: those named, or all of them."""
        return EVERYTHING if self.everything else self.names


def attributes(template: nodes.Template) -> Named:
    """Return the user attributes that a parsed template names."""
    uses = list(_uses(template, guards=frozenset(), tested=False))
    names = frozenset(use.name for use in uses if use.name is not None)
    needed = frozenset(use.name for use in uses if use.name is not None and not use.guarded)
    return Named(names, names - needed, any(use.name is None for use in uses))


def together(several: Iterable[Named]) -> Named:
    """Join what several templates name: guarded is what each of them guards."""
    parts = list(several)
    names = frozenset[str]().union(*(part.names for part in parts))
    needed = frozenset[str]().union(*(part.names - part.guarded for part in parts))
    return Named(names, names - needed, any(part.everything for part in parts))


def is_user_attribute(node: nodes.Node) -> bool:
    """Tell whether a node is the variable that holds all attributes."""
    return isinstance(node, nodes.Name) and node.name == USER_ATTRIBUTE


def is_method(node: nodes.Node) -> bool:
    """Tell whether a called node is a method of the mapping of all attributes."""
    return isinstance(node, nodes.Getattr) and is_user_attribute(node.node)


def written(node: nodes.Node) -> str:
    """Return a look-up as templates write it, `...` standing for what is computed."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{written(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        key = repr(node.arg.value) if isinstance(node.arg, nodes.Const) else "..."
        if is_user_attribute(node.node) and is_of_events(key[1:-1]):
            return key[1:-1]
        return f"{written(node.node)}[{key}]"
    return "(...)"


# Columns of the user table that a template may name without `userAttribute`.
BUILT_IN = frozenset(
    {"appVersion", "lifetimeValue", "numPriorSessions", "firstRun", "lastActive"}
    | {"minutesSpentInApp", "country", "region", "city", "locale", "language", "timezone"}
    | {"deviceId", "deviceModel", "deviceName", "systemName", "systemVersion"}
    | {"browserName", "browserVersion", "userBucket"}
)
# Counted from the event table: carried as columns that are named as the template writes them.
OF_EVENTS = frozenset(
    {"firstOccurrenceOf", "lastOccurrenceOf", "occurrencesOf", "recentOccurrencesOf", "valueOf"}
)


# Pills of one word, such as `{{City}}`, are names of Jinja already.
ONE_WORD = {name.capitalize(): name for name in BUILT_IN if name.islower()}


def is_of_events(column: str) -> bool:
    """Tell whether a column is one that is counted from the event table: `occurrencesOf['x']`."""
    return column.endswith("]") and column.partition("[")[0] in OF_EVENTS


class LoopIsCounted(NodeTransformer):
    """Count the passes of every loop, and let `for key, value in x` read a mapping's pairs."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the loop over what is counted."""
        self.generic_visit(node)
        literal = sum(len(text.data) for text in node.find_all(nodes.TemplateData))
        if isinstance(node.target, nodes.Tuple) and len(node.target.items) == 2:
            node.iter = nodes.Filter(node.iter, PAIRS, [], [], None, None, lineno=node.lineno)
        args: list[nodes.Expr] = [nodes.Const(literal)]
        if node.recursive:  # loop(...) goes through the body without the values of the tag
            body = nodes.Filter(nodes.Const(None), PASSED, args, [], None, None, lineno=node.lineno)
            node.body.insert(0, nodes.ExprStmt(body, lineno=node.lineno))
            args = []
        node.iter = nodes.Filter(node.iter, EACH, args, [], None, None, lineno=node.lineno)
        for filter_ in node.find_all(nodes.Filter):
            filter_.environment = node.environment
        return node


class GetBecomesItem(NodeTransformer):
    """Read `userAttribute.get('x', y)` as `userAttribute['x'] | default(y)`."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """Return the look-up in place of the call."""
        self.generic_visit(node)
        if not _is_get(node):
            return node
        assert isinstance(node.node, nodes.Getattr)
        item = nodes.Getitem(node.node.node, node.args[0], "load", lineno=node.lineno)
        item.environment = node.environment
        if len(node.args) == 1:
            return item
        rescued = nodes.Filter(item, "default", [node.args[1]], [], None, None, lineno=node.lineno)
        rescued.environment = node.environment
        return rescued


def _is_get(node: nodes.Call) -> bool:
    return (
        isinstance(node.node, nodes.Getattr)
        and is_method(node.node)
        and node.node.attr == "get"
        and len(node.args) in {1, 2}
        and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    )


@dataclass(frozen=True, slots=True)
class _Use:
    """One place that names an attribute (None: any of them), and whether it may be missing."""

    name: str | None
    guarded: bool


def _uses(node: nodes.Node, *, guards: frozenset[str], tested: bool) -> Iterator[_Use]:
    """Walk a template; `guards` are tested by an `if` around, `tested` means false is fine."""
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        yield from _uses_of_look_up(node, guards=guards, tested=tested)
    elif is_user_attribute(node):
        yield _Use(None, True)
    elif isinstance(node, nodes.Call) and is_method(node.node):
        # `userAttribute.items()`: a method of the mapping, not an attribute called `items`.
        yield _Use(None, True)
        yield from _uses_of_children(node, guards=guards, leave="node")
    elif isinstance(node, nodes.If | nodes.CondExpr):
        yield from _uses_of_condition(node, guards=guards)
    elif isinstance(node, nodes.Filter | nodes.Test):
        rescuing = _RESCUING_FILTERS if isinstance(node, nodes.Filter) else _RESCUING_TESTS
        yield from _uses_of_children(
            node, guards=guards, tested="node" if node.name in rescuing else ""
        )
    elif isinstance(node, nodes.Compare | nodes.Operand | nodes.Not):
        yield from _uses_of_children(node, guards=guards, tested="node expr ops")
    elif isinstance(node, nodes.Or):
        yield from _uses(node.left, guards=guards, tested=True)
        yield from _uses(node.right, guards=guards, tested=tested)
    elif isinstance(node, nodes.And):
        yield from _uses_of_children(node, guards=guards, tested="left right" if tested else "")
    else:
        yield from _uses_of_children(node, guards=guards)


def _uses_of_children(
    node: nodes.Node, *, guards: frozenset[str], tested: str = "", leave: str = ""
) -> Iterator[_Use]:
    """Walk the children; `tested` names the fields in which false is fine, `leave` one to skip."""
    fields = tested.split()
    for field, value in node.iter_fields(exclude=[leave]):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, nodes.Node):
                yield from _uses(child, guards=guards, tested=field in fields)


def _uses_of_look_up(
    node: nodes.Getattr | nodes.Getitem, *, guards: frozenset[str], tested: bool
) -> Iterator[_Use]:
    name = _constant_name(node)
    if is_user_attribute(node.node) and name is not None:
        yield _Use(name, tested or name in guards)
        return
    # A look-up in what is missing is missing, too, so the same test covers the whole path.
    yield from _uses(node.node, guards=guards, tested=tested)
    if isinstance(node, nodes.Getitem):
        yield from _uses(node.arg, guards=guards, tested=False)


def _uses_of_condition(
    node: nodes.If | nodes.CondExpr, *, guards: frozenset[str]
) -> Iterator[_Use]:
    in_test = list(_uses(node.test, guards=guards, tested=True))
    yield from in_test
    inside = guards | {use.name for use in in_test if use.name is not None}
    for child in node.iter_child_nodes(exclude=["test"]):
        yield from _uses(child, guards=inside, tested=False)


def _constant_name(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    value = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return value if isinstance(value, str) else None
