"""The template language: sandboxed Jinja that prints plain values and repeats itself exactly."""

from __future__ import annotations

import functools
from collections.abc import Callable, ItemsView, KeysView, Mapping, Sequence, ValuesView
from datetime import date
from types import MappingProxyType
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from tasks.render import dates, escaping
from tasks.render.allowed import is_allowed
from tasks.render.bounds import (
    EACH,
    PAIRS,
    PASSED,
    binary,
    each,
    pairs_of,
    passed,
    take,
    weighed,
    weight,
)
from tasks.render.built_in_names import BuiltInBecomesItem
from tasks.render.code import MessageCode
from tasks.render.filters import FILTERS_OF_MESSAGES, TESTS_OF_MESSAGES
from tasks.render.functions import FUNCTIONS, attribute, listing
from tasks.render.metered import all_metered, called, enter, leave, light
from tasks.render.missing import Missing, MissingAttribute, MissingValue, default, is_null
from tasks.render.pills import PillLexer, Pills
from tasks.render.printing import choice, printed, shuffled, to_json
from tasks.render.tags import CHANGED, SKIP, Tags, changed, skip
from tasks.render.texts import modulo, of_texts
from tasks.render.variables import (
    GetBecomesItem,
    LoopIsCounted,
)


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Jinja for messages: no loader, no environment variables, no clock, no chance."""

    default_binop_table = {**ImmutableSandboxedEnvironment.default_binop_table, "%": modulo}  # noqa: RUF012 (jinja2's own way)
    code_generator_class = MessageCode
    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
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
        self.globals = dict[str, Any](all_metered(FUNCTIONS))
        self.filters.update(FILTERS_OF_MESSAGES)
        self.filters.update(listing(FILTERS_OF_MESSAGES), attr=attribute)
        self.filters.update(default=default, d=default, random=choice, tojson=to_json)
        self.filters.update(of_texts(self.filters))
        self.filters.update(escaping.filters(printed))
        self.filters.update({CHANGED: changed, "shuffle": shuffled})
        self.filters.update({**all_metered(self.filters), **light(self.filters)})
        self.filters.update({SKIP: skip, EACH: each, PASSED: passed, PAIRS: pairs_of})
        self.tests.update(TESTS_OF_MESSAGES)
        self.tests.update(defined=lambda value: not is_null(value), undefined=is_null, none=is_null)
        self.tests.update({**all_metered(self.tests), **light(self.tests)})

    def parse(
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> nodes.Template:
        """Parse a template, pills included. Raises jinja2's TemplateSyntaxError."""
        template = super().parse(source, name, filename)
        template = BuiltInBecomesItem(self, self.built_in).visit(template)
        return LoopIsCounted().visit(GetBecomesItem().visit(template))  # type: ignore[no-any-return] # untyped in jinja2

    @property
    def lexer(self) -> PillLexer:
        """Return the lexer, which remembers the quotes of strings."""
        return _lexer(self)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return what an operation gives, once it is sure not to be too large."""
        binary(operator, weighed(context, left), weighed(context, right))
        return weighed(context, super().call_binop(context, operator, left, right))

    def call(self, context: Context, function: Any, *arguments: Any, **named: Any) -> Any:
        """Return what a call gives; it takes steps, for a macro may call itself."""
        arguments, named = called(context, function, arguments, named)
        enter(context)
        try:
            found = super().call(context, function, *arguments, **named)
        finally:
            leave(context)
        is_view = isinstance(found, KeysView | ValuesView | ItemsView)
        return weighed(context, list(found) if is_view else found)

    def _filter_test_common(self, name: Any, *arguments: Any) -> Any:
        """Apply what `map` or `select` names: none that only the compiler may name."""
        if " " in name:
            raise TemplateRuntimeError(f"there is no {name!r}")
        return super()._filter_test_common(name, *arguments)

    def joined(self, context: Context, values: Sequence[Any]) -> str:
        """Return values as they are printed, one after the other."""
        return "".join([self.counted(context, value) for value in values])

    def counted(self, context: Context, value: Any) -> str:
        """Return a value as it is printed, having taken steps for its length."""
        text = value if type(value) is str else printed(weighed(context, value))
        take(context, 1 + len(text) // 10)
        return text

    def item(self, obj: Any, key: Any, variable: str) -> Any:
        """Return `obj[key]`, or what is missing under the name that the template gave it."""
        if isinstance(key, tuple):
            weight(key, _LARGEST_KEY)
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
        if isinstance(obj, date) and name in _INSTEAD:
            return functools.partial(_INSTEAD[name], obj)
        if isinstance(obj, Undefined):
            return _present(self._otherwise(obj, name), variable)
        return _present(super().getattr(obj, name), variable)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`, which is missing if it is code that is not called."""
        is_name = len(attribute) <= _LONGEST_NAME
        return self._plain(super().getattr(obj, attribute)) if is_name else Missing()

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]`, which is missing if it is code."""
        # Python copies the name of an attribute that it lacks into its error.
        if isinstance(argument, str) and len(argument) > _LONGEST_NAME:
            return self._plain(obj.get(argument, Missing()) if isinstance(obj, dict) else Missing())
        return self._plain(super().getitem(obj, argument))

    def _plain(self, value: Any) -> Any:
        is_code = callable(value) and not isinstance(value, Undefined)
        return Missing() if is_code else value

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Tell whether templates may read an attribute."""
        is_variable = isinstance(obj, Namespace) and not attr.startswith("_")
        return is_variable or is_allowed(obj, attr)

    def wrap_str_format(self, value: Any) -> None:
        """Leave out what Jinja offers instead of `str.format`, whose widths have no bound."""

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


_LARGEST_KEY = 100
_LONGEST_NAME = 200
# Python's own read the machine's zone.
_INSTEAD: Mapping[str, Callable[..., Any]] = {
    "strftime": dates.date_text,
    "timestamp": lambda value: dates.moment(value).timestamp(),
}


@functools.lru_cache(maxsize=32)
def _lexer(environment: MessageEnvironment) -> PillLexer:
    return PillLexer(environment)
