"""The template language: sandboxed Jinja that prints plain values and repeats itself exactly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from jinja2 import Undefined, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.render.missing import Missing, MissingAttribute, MissingValue, default, is_null
from tasks.render.pills import Pills
from tasks.render.variables import GetBecomesItem, is_method, is_user_attribute, written

# Keys of the context that no template can name, for they are no identifiers.
WEBHOOK_ID = "webhook id"
CHANCES = "chances taken"

# Dates offer what describes them; what reads the machine's clock or zone is not among it.
_OF_DATES = frozenset(
    {"year", "month", "day", "hour", "minute", "second", "microsecond", "date", "time"}
    | {"weekday", "isoweekday", "isoformat", "strftime", "timestamp"}
)
_INTEGRAL_UP_TO = 1e15


class MessageCode(CodeGenerator):
    """Compile look-ups so that what they miss is told as the template writes it."""

    _called: nodes.Node | None = None

    def visit_Call(  # noqa: N802 (jinja2's name)
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        """Write a call, remembering what is called."""
        self._called = node.node
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 (jinja2's name)
        """Write `x.name`; an attribute of the user is an item, whatever methods mappings have."""
        is_item = is_user_attribute(node.node) and not (node is self._called and is_method(node))
        self.write("environment.item(" if is_item else "environment.member(")
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
        self.write("''.join(map(environment.finalize, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(")))")


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Jinja for messages: no loader, no environment variables, no clock, no chance."""

    code_generator_class = MessageCode

    def __init__(self) -> None:
        super().__init__(
            undefined=Missing,
            finalize=printed,
            autoescape=False,
            # Folding writes down constants that Python cannot read again, such as infinity.
            optimized=False,
            keep_trailing_newline=True,
            extensions=[Pills],
        )
        del self.globals["lipsum"]
        self.filters.update(default=default, d=default, random=_choice, tojson=_to_json)
        self.tests.update(defined=lambda value: not is_null(value), undefined=is_null, none=is_null)

    def parse(
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> nodes.Template:
        """Parse a template, pills included. Raises jinja2's TemplateSyntaxError."""
        template = super().parse(source, name, filename)
        return GetBecomesItem().visit(template)  # type: ignore[no-any-return] # untyped in jinja2

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
        if isinstance(obj, Undefined):
            value = self._otherwise(obj, name)
        else:
            value = self.getattr(obj, name)
        is_absent = value is None or (isinstance(value, Missing) and not value.is_forbidden)
        return MissingAttribute(variable) if is_absent else value

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether templates may read an attribute."""
        if isinstance(obj, date | time):
            return attr in _OF_DATES
        return super().is_safe_attribute(obj, attr, value)

    def _otherwise(self, obj: Any, key: Any) -> Any:
        """Look for what is no item: nothing in a mapping or in what is missing already."""
        if isinstance(obj, Missing) and obj.is_forbidden:
            return obj
        if isinstance(obj, Mapping | Undefined):
            return None
        found = self.getitem(obj, key)
        return None if isinstance(found, Missing) and not found.is_forbidden else found


def printed(value: Any) -> str:
    """Return a value as messages print it. Raises MissingValue for null, TypeError for code."""
    if type(value) is str:
        return value
    if value is None:
        raise MissingValue
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _INTEGRAL_UP_TO:
        return str(int(value))
    if isinstance(value, date | time):
        return value.isoformat()
    # These print their address in memory, which differs from one attempt to the next.
    if not isinstance(value, Undefined) and (callable(value) or isinstance(value, Iterator)):
        raise TypeError("code is not printed")
    return str(value)


@pass_context
def _choice(context: Context, values: Sequence[Any]) -> Any:
    """Return one of the values, the same one whenever this webhook is rendered."""
    taken = context.parent.get(CHANCES, 0)
    context.parent[CHANCES] = taken + 1
    seed = f"{context.parent[WEBHOOK_ID]}:{taken}".encode(errors="surrogatepass")
    if not values:
        return Missing()
    return values[int.from_bytes(hashlib.sha256(seed).digest()[:8]) % len(values)]


def _to_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON text. Raises MissingValue, and ValueError for NaN and infinity."""
    return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Undefined):
        return str(value)
    raise TypeError("a value that JSON cannot hold")
