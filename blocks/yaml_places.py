"""Where in a YAML file a field stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

Location = Sequence[int | str]


def place(path: Path | None, node: Node | None, location: Location) -> str:
    """Return `file:line` of the deepest part of the location that the file holds."""
    if path is None:
        return ""
    line = 0 if node is None else node.start_mark.line
    for part in location:
        key, node = _child(node, part)
        if key is None:
            break
        line = key.start_mark.line
    return f"{path}:{line + 1}"


def location_of(node: Node | None, field: str) -> Location:
    """Return the location that a field such as `segment.all.0.value` names, as far as it is there.

    Names may have points in them: the longest that there is counts.
    """
    found: list[int | str] = []
    while field:
        names = [name for name in _names(node) if f"{field}.".startswith(f"{name}.")]
        if not names:
            break
        name = max(names, key=len)
        found.append(int(name) if isinstance(node, SequenceNode) else name)
        _, node = _child(node, found[-1])
        field = field[len(name) + 1 :]
    return found


def _names(node: Node | None) -> list[str]:
    if isinstance(node, MappingNode):
        return [str(key.value) for key, _ in node.value]
    if isinstance(node, SequenceNode):
        return [str(number) for number in range(len(node.value))]
    return []


def _child(node: Node | None, part: int | str) -> tuple[Node | None, Node | None]:
    """Return the node that names a part and the node of its value."""
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(part)), (None, None))
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None
