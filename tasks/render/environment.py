"""The template language: sandboxed Jinja that prints plain values and repeats itself exactly."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date, time
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.render import dates, escaping
from tasks.render.bounds import (
    EACH,
    PAIRS,
    binary,
    each,
    is_metered,
    pairs_of,
    take,
    weighed,
)
from tasks.render.filters import FILTERS_OF_MESSAGES, TESTS_OF_MESSAGES
from tasks.render.functions import FUNCTIONS, attribute, listing
from tasks.render.missing import Missing, MissingAttribute, MissingValue, default, is_null
from tasks.render.pills import PillLexer, Pills
from tasks.render.printing import choice, printed, shuffled, to_json
from tasks.render.tags import CHANGED, SKIP, Tags, changed, skip
from tasks.render.variables import (
    BuiltInBecomesItem,
    GetBecomesItem,
    LoopIsCounted,
    is_method,
    is_user_attribute,
    written,
)

# Dates offer what describes them; what reads the machine's clock or zone is not among it.
_OF_DATES = frozenset(
    {"year", "month", "day", "hour", "minute", "second", "microsecond", "date", "time"}
    | {"weekday", "isoweekday", "isoformat", "strftime", "timestamp"}
)
# What templates may call on texts; `replace` and `join` are filters, whose size is looked at.
_OF_TEXTS = frozenset(
    {"lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip", "split", "rsplit"}
    | {"splitlines", "startswith", "endswith", "find", "count", "index", "isdigit", "isalpha"}
)
_OF_MAPPINGS = frozenset({"get", "items", "keys", "values"})
_OF_LISTS = frozenset({"index", "count"})


class MessageCode(CodeGenerator):
    """Compile look-ups so that what they miss is told as the template writes it."""

    _called: nodes.Node | None = None
    _is_metered = False

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 (jinja2's name)
        """Write a template, counting steps in it only where its length does not bound them."""
        self._is_metered = is_metered(node)
        if self._is_metered:
            self._finalize = self._FinalizeInfo(None, "environment.counted(context, ")
        super().visit_Template(node, frame)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        """Fold nothing but literal text: what an expression costs is counted when it is written."""
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return node.data

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write a filter, its result weighed where steps are counted."""
        self.write("environment.weighed(context, " if self._is_metered else "(")
        super().visit_Filter(node, frame)
        self.write(")")

    def visit_Call(  # noqa: N802 (jinja2's name)
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Write a call, remembering what is called."""
        self._called = node.node
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `x.name`; an attribute of the user is an item, whatever methods mappings have."""
        is_called = node is self._called
        is_item = is_user_attribute(node.node) and not (is_called and is_method(node))
        look_up = "item" if is_item else "method" if is_called else "member"
        self.write(f"environment.{look_up}(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {written(node)!r})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `x[key]`."""
        if isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        self.write("environment.item(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {written(node)!r})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `a ~ b`, which joins values as they are printed."""
        self.write("environment.joined(context, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Jinja for messages: no loader, no environment variables, no clock, no chance."""

    code_generator_class = MessageCode
    intercepted_binops = frozenset({"+", "*", "**", "%"})
    weighed = staticmethod(weighed)

    def __init__(self, built_in: Mapping[str, str] = MappingProxyType({})) -> None:
        """Take the columns of those built-in variables whose column has another name."""
        self.built_in = built_in
        super().__init__(
            undefined=Missing,
            finalize=printed,
            autoescape=False,
            # Folding writes down constants that Python cannot read again, such as infinity.
            optimized=False,
            keep_trailing_newline=True,
            extensions=[Pills, Tags, "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self.globals = dict(FUNCTIONS)
        self.filters.update(FILTERS_OF_MESSAGES)
        self.filters.update(listing(FILTERS_OF_MESSAGES), attr=attribute)
        self.filters.update(default=default, d=default, random=choice, tojson=to_json)
        self.filters.update(escaping.filters(printed))
        self.filters.update({SKIP: skip, EACH: each, PAIRS: pairs_of, "shuffle": shuffled})
        self.filters[CHANGED] = changed
        self.tests.update(TESTS_OF_MESSAGES)
        self.tests.update(defined=lambda value: not is_null(value), undefined=is_null, none=is_null)

    def parse(
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> nodes.Template:
        """Parse a template, pills included. Raises jinja2's TemplateSyntaxError."""
        template = super().parse(source, name, filename)
        template = BuiltInBecomesItem(template, self.built_in).visit(template)
        return LoopIsCounted().visit(GetBecomesItem().visit(template))  # type: ignore[no-any-return] # untyped in jinja2

    @property
    def lexer(self) -> PillLexer:
        """Return the lexer, which remembers the quotes of strings."""
        return _lexer(self)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return what an operation gives, once it is sure not to be too large."""
        binary(operator, left, right)
        return weighed(context, super().call_binop(context, operator, left, right))

    def call(self, context: Context, called: Any, *arguments: Any, **named: Any) -> Any:
        """Return what a call gives; it takes steps, for a macro may call itself."""
        take(context, 10)
        return weighed(context, super().call(context, called, *arguments, **named))

    def joined(self, context: Context, values: Sequence[Any]) -> str:
        """Return values as they are printed, one after the other."""
        return "".join([self.counted(context, value) for value in values])

    def counted(self, context: Context, value: Any) -> str:
        """Return a value as it is printed, having taken steps for its length."""
        weighed(context, value)
        text = printed(value)
        take(context, 1 + len(text) // 10)
        return text

    def item(self, obj: Any, key: Any, variable: str) -> Any:
        """Return `obj[key]`, or what is missing under the name that the template gave it."""
        try:
            value = obj[key]
        except (LookupError, TypeError, MissingValue, SecurityError):
            value = self._otherwise(obj, key)
        # NaN, which pandas leaves in blank cells, is the one value that differs from itself.
        if value is None or value != value:
            return MissingAttribute(variable)
        return value

    def member(self, obj: Any, name: str, variable: str) -> Any:
        """Return `obj.name`: the item of a mapping first, then what the sandbox allows."""
        if isinstance(obj, Mapping) and name in obj:
            return self.item(obj, name, variable)
        value = (
            self._otherwise(obj, name) if isinstance(obj, Undefined) else self.getattr(obj, name)
        )
        return _present(value, variable)

    def method(self, obj: Any, name: str, variable: str) -> Any:
        """Return `obj.name` to be called."""
        if isinstance(obj, Mapping) and name in obj:
            return self.item(obj, name, variable)
        if isinstance(obj, date) and name == "strftime":
            return functools.partial(dates.date_text, obj)  # Python's own reads the machine's zone
        if isinstance(obj, Undefined):
            return _present(self._otherwise(obj, name), variable)
        return _present(super().getattr(obj, name), variable)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`, which is missing if it is code that is not called."""
        return self._plain(super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]`, which is missing if it is code."""
        return self._plain(super().getitem(obj, argument))

    def _plain(self, value: Any) -> Any:
        is_code = callable(value) and not isinstance(value, Undefined)
        return Missing() if is_code else value

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether templates may read an attribute."""
        if isinstance(obj, date | time):
            return attr in _OF_DATES
        for kind, allowed in _METHODS:
            if isinstance(obj, kind):
                return attr in allowed
        return super().is_safe_attribute(obj, attr, value)

    def _otherwise(self, obj: Any, key: Any) -> Any:
        """Look for what is no item: nothing in a mapping or in what is missing already."""
        if isinstance(obj, Missing) and obj.is_forbidden:
            return obj
        if isinstance(obj, Mapping | Undefined):
            return None
        found = self.getitem(obj, key)
        return None if isinstance(found, Missing) and not found.is_forbidden else found


def _present(value: Any, variable: str) -> Any:
    is_absent = value is None or (isinstance(value, Missing) and not value.is_forbidden)
    return MissingAttribute(variable) if is_absent else value


_METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (str, _OF_TEXTS),
    (Mapping, _OF_MAPPINGS),
    (list, _OF_LISTS),
    (tuple, _OF_LISTS),
)


@functools.lru_cache(maxsize=32)
def _lexer(environment: MessageEnvironment) -> PillLexer:
    return PillLexer(environment)
