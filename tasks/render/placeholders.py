"""`${NAME}`: secrets from the environment, put into a template that is already parsed.

Because only literal text is looked at, a secret's value is never read as a template and a user's
value is never read as a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

from blocks.message_secrets import MASK, PLACEHOLDER

# `$${` stands for the two characters `${`.
_ESCAPED_OR_PLACEHOLDER = re.compile(rf"(\$\$\{{)|{PLACEHOLDER.pattern}")


class MaskedEnvironment(Mapping[str, str]):
    """Stands in for the environment in a preview: every name is set, and its value masked."""

    def __getitem__(self, name: str) -> str:
        """Return the mask."""
        return MASK

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def expand(
    template: nodes.Template,
    environ: Mapping[str, str],
    *,
    literal: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Put the values into the template's text and string constants; return the names not set.

    `literal` is applied to the text around the placeholders, but not to their values.
    """
    names = _Expansion(environ, literal)
    names.visit(template)
    return tuple(names.unset)


class _Expansion(NodeVisitor):
    def __init__(self, environ: Mapping[str, str], literal: Callable[[str], str]) -> None:
        self.environ = environ
        self.literal = literal
        self.unset: dict[str, None] = {}

    def visit_TemplateData(self, node: nodes.TemplateData) -> None:  # noqa: N802 (jinja2's name)
        node.data = self._expand(node.data, self.literal)

    def visit_Const(self, node: nodes.Const) -> None:  # noqa: N802 (jinja2's name)
        if isinstance(node.value, str):
            node.value = self._expand(node.value, str)

    def visit_Getitem(self, node: nodes.Getitem) -> None:  # noqa: N802 (jinja2's name)
        # A constant subscript names a column: it is told in reports, so no secret may be in it.
        self.visit(node.node)
        if not isinstance(node.arg, nodes.Const):
            self.visit(node.arg)

    def _expand(self, text: str, literal: Callable[[str], str]) -> str:
        parts, end = [], 0
        for found in _ESCAPED_OR_PLACEHOLDER.finditer(text):
            parts.append(literal(text[end : found.start()]))
            parts.append("${" if found[1] else self._value(found[2]))
            end = found.end()
        return "".join([*parts, literal(text[end:])])

    def _value(self, name: str) -> str:
        if name in self.environ:
            return self.environ[name]
        self.unset[name] = None
        return ""
