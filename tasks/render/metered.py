"""What a filter, a test or a call costs: the size of all that it is given and of what it gives."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.utils import _PassArg

from tasks.render.bounds import BUDGET, LONGEST, TooMuchWork, each, take, weighed, weight, within

Operation = Callable[..., Any]

_DEEPEST = 50
_CALL = 10
_OF_JINJA = frozenset({"_loop_vars", "_block_vars"})
_HARD = 10
_LONGEST_SET_OF_SIGNS = 100

# These work for about a microsecond on each character or value.
_HARD_WORK = frozenset(
    {"date", "datetimeformat", "pprint", "strtodate", "strtotime", "title", "truncatehtml"}
    | {"unescape_html", "urlize", "wordwrap"}
)
# These compare each character of a text with all of an argument.
_METHODS_OF_SIGNS = frozenset({"strip", "lstrip", "rstrip", "rsplit"})


# What takes little more than a look at its operands. Where no loop and no name of a variable can
# make these operands larger than the user's own values, as in `{{ city | upper }}`, it is free.
_LIGHT = frozenset(
    {"default", "d", "upper", "lower", "capitalize", "string", "int", "float", "bool", "round"}
    | {"abs", "length", "count", "first", "last", "urlencode", "e", "escape"}
    | {"escapejson", "escapejs", "safe", "md5", "add", "multiply", "divide", "truncate", "replace"}
    | {"defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable"}
    | {"odd", "even", "truthy", "equalto", "string_startingwith"}
)


def metered(name: str, operation: Operation) -> Operation:
    """Return a filter, test or function that takes steps for what it works on."""
    passed = _PASSED[_PassArg.from_obj(operation)]
    price = _PRICES.get(name)
    times = _HARD if name in _HARD_WORK else 1

    @pass_context
    @functools.wraps(operation)
    def worked(context: Context, *operands: Any, **named: Any) -> Any:
        for one in operands:
            weighed(context, one, times=times)
        for one in named.values():
            weighed(context, one, times=times)
        if price:
            take(context, price(*operands, **named))
        return weighed(context, operation(*passed(context), *operands, **named))

    return worked


def all_metered(operations: Mapping[str, Any]) -> dict[str, Operation]:
    """Return filters, tests or functions that take steps for what they work on."""
    return {name: metered(name, operation) for name, operation in operations.items()}


def alone(name: str) -> str:
    """Return the name of a filter or test that takes no steps, which no template can name."""
    return f"{name} alone"


def light(operations: Mapping[str, Any]) -> dict[str, Operation]:
    """Return those that may go without steps, by such names: printing, and what is light."""
    return {
        alone(name): operation
        for name, operation in operations.items()
        if name in _LIGHT or not name.isidentifier()
    }


def called(context: Context, function: Operation, arguments: Any, named: Any) -> tuple[Any, Any]:
    """Take the steps of a call and return its arguments, those of a loop's call counted."""
    take(context, _CALL)
    times = _HARD if isinstance(function, functools.partial) else 1
    # Jinja tells functions a loop's and a block's variables under these names: none of ours looks.
    named = {name: one for name, one in named.items() if name not in _OF_JINJA}
    for one in (*arguments, *named.values()):
        weighed(context, one, times=times)
    if isinstance(function, LoopContext):
        return (each(context, *arguments, **named),), {}
    owner = function.__self__ if isinstance(function, types.BuiltinMethodType) else None
    if isinstance(owner, str | list | tuple):
        weighed(context, owner)
        if function.__name__ in _METHODS_OF_SIGNS:
            _few_signs(*arguments)
    return arguments, named


def enter(context: Context) -> None:
    """Go into a call. Raises TooMuchWork for calls in calls without end."""
    context.parent[BUDGET].depth += 1
    if context.parent[BUDGET].depth > _DEEPEST:
        raise TooMuchWork


def leave(context: Context) -> None:
    """Come back from a call."""
    context.parent[BUDGET].depth -= 1


def _of_each(*operands: Any, **_: Any) -> int:
    """A text is gone through sign by sign, as a list is."""
    return sum(len(one) for one in operands if isinstance(one, str))


def _few_signs(*signs: Any, **named: Any) -> int:
    given = [one for one in (*signs, *named.values()) if isinstance(one, str)]
    if any(len(one) > _LONGEST_SET_OF_SIGNS for one in given):
        raise TooMuchWork
    return 0


def _of_trim(value: Any, chars: Any = None) -> int:
    return _few_signs(chars)


def _of_indent(value: Any, width: Any = 4, *_: Any, **named: Any) -> int:
    wide = len(width) if isinstance(width, str) else int(width)
    within((str(value).count("\n") + 1) * wide)
    return 0


def _of_join(value: Any, d: Any = "", attribute: Any = None) -> int:
    within((len(value) if hasattr(value, "__len__") else 0) * len(str(d)))
    return _of_each(value)


def _of_format(value: Any, format: Any, *_: Any, **named: Any) -> int:
    return _few_signs(format)


def _of_striptags(value: Any) -> int:
    """Each tag that is taken out copies the text."""
    text = str(value)
    return text.count("<") * len(text) // 100_000


def _of_sum(value: Any, attribute: Any = None, start: Any = 0) -> int:
    """Lists are copied for each that is added."""
    return _of_each(value) if isinstance(start, int | float) else int(len(value) ** 2 // 100)


def _of_tojson(value: Any, indent: Any = None) -> int:
    """Each value stands on a line of its own, indented by its level."""
    within(weight(value, LONGEST) * 10 * indent if isinstance(indent, int) else 0)
    return 0


def _of_urlize(value: Any, *_: Any, **named: Any) -> int:
    """Each closing bracket within a word is tried as its end."""
    longest = max(map(len, str(value).split()), default=0)
    return int(longest**2 // 1_000)


def _of_containing_all(value: Any, parts: Any) -> int:
    """Each part is looked for in all of a text."""
    return len(value) * len(parts) // 100_000 if isinstance(value, str) else 0


_PRICES: Mapping[str, Callable[..., int]] = {
    **dict.fromkeys(("batch", "groupby", "list", "map", "max", "min", "reject"), _of_each),
    **dict.fromkeys(("rejectattr", "select", "selectattr", "slice", "sort", "unique"), _of_each),
    **dict.fromkeys(("difference", "intersect", "symmetric_difference", "union"), _of_each),
    "containing_all": _of_containing_all,
    "indent": _of_indent,
    "join": _of_join,
    "striptags": _of_striptags,
    "sum": _of_sum,
    "strtodate": _of_format,
    "strtotime": _of_format,
    "tojson": _of_tojson,
    "trim": _of_trim,
    "urlize": _of_urlize,
}
_PASSED: Mapping[_PassArg | None, Callable[[Context], tuple[Any, ...]]] = {
    None: lambda context: (),
    _PassArg.context: lambda context: (context,),
    _PassArg.eval_context: lambda context: (context.eval_ctx,),
    _PassArg.environment: lambda context: (context.environment,),
}
