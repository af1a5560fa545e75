"""The expression of `where:`, in the language of pandas queries; what it may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blocks.mistake import nearest

METHODS = frozenset(
    {"isna", "notna", "isin", "between", "abs", "round", "fillna"}
    | {"contains", "startswith", "endswith", "fullmatch", "lower", "upper", "strip", "len"}
)
ATTRIBUTES = frozenset({"str", "dt", "year", "month", "day", "hour", "minute", "dayofweek"})
_NODES = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd,
    ast.Invert, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
    ast.BitAnd, ast.BitOr, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    ast.In, ast.NotIn, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.Attribute,
    ast.Call, ast.keyword,
)  # fmt: skip
_QUOTED = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`([^`]*)`""")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression whose columns in backticks have names of their own: `by_name` tells them."""

    text: str
    columns: Mapping[str, str]  # name in the text: column


def parsed(text: str) -> Expression:
    """Read an expression; raises ValueError when it holds what is not allowed."""
    quoted: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        return quoted.setdefault(found[2], f"quoted_{len(quoted)}_")

    plain = _QUOTED.sub(named, " ".join(text.split()))
    try:
        tree = ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError) as error:
        fault = error.msg if isinstance(error, SyntaxError) else error
        raise ValueError(f"not a pandas query expression: {fault}{_hint(plain)}") from None
    by_name = {name: column for column, name in quoted.items()}
    names = set(_checked(tree))
    return Expression(plain, {name: by_name.get(name, name) for name in sorted(names)})


def _hint(text: str) -> str:
    """Say what a text that is no expression may be meant to be."""
    code = _QUOTED.sub("''", text)
    if "@" in code:
        return " (@ and other variables are not there)"
    if re.search("(?<![=<>!])=(?!=)", code):
        return " (to compare, write ==)"
    for words in re.split(r"\b(?:and|or|not|in)\b", code):
        if found := re.search(r"[^\W\d]\w*(?: \w+)+", words):
            return f" (a name with blanks goes in backticks: `{found[0]}`)"
    return ""


def _checked(tree: ast.Expression) -> Iterator[str]:
    """Yield the names in an expression; raises ValueError at the first thing not allowed."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ValueError(f"a query expression has no {type(node).__name__}")
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
            raise ValueError(f"a query expression calls no function {ast.unparse(node.func)}()")
        if isinstance(node, ast.Attribute):
            allowed = METHODS if id(node) in called else ATTRIBUTES
            if node.attr not in allowed:
                known = nearest(node.attr, allowed) or f"known: {', '.join(sorted(allowed))}"
                raise ValueError(f"a query expression has no .{node.attr}, {known}")
        if isinstance(node, ast.Name):
            yield node.id
