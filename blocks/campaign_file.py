"""Read a campaign file, or say what is wrong in it: file and line, field, fault."""

from __future__ import annotations

import os
import types
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from blocks.campaign import Campaign
from blocks.mistake import AuthorMistake, Fault, nearest

Location = Sequence[int | str]
Model = TypeVar("Model", bound=BaseModel)


class _PlainConstructor(SafeConstructor):
    """Takes dates for the texts that they are: what reads them tells of one that is none."""


_PlainConstructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def load_campaign(
    path: Path | str, *, users: str | None = None, events: str | None = None
) -> Campaign:
    """Read the campaign in a YAML file; `users` and `events` replace the sources of its tables.

    A relative source in the file is taken from the file's folder, one that is given here from the
    working directory. Raises AuthorMistake with every fault that was found.
    """
    path = Path(path)
    campaign = read_model(
        path, Campaign, is_a="a campaign file is a mapping with name, users, message"
    )
    parts = {name: getattr(campaign, name) for name in ("segment", "users", "events")}
    # Written in one way, so that a campaign is the same wherever it is started from.
    folder = Path(os.path.abspath(path.parent))
    located = {name: part.located(folder) for name, part in parts.items()}
    return campaign.model_copy(update=located).over(users or "", events or "")


def read_model(path: Path, model: type[Model], *, is_a: str) -> Model:
    """Read a YAML file as a model; `is_a` is what to say of one that is no mapping.

    Raises AuthorMistake with every fault that was found, each with its line.
    """
    tree, node = _parse(path, _read(path), is_a=is_a)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise AuthorMistake(_faults(error, model, path=path, node=node)) from None


def validate_campaign(tree: object) -> Campaign:
    """Make a campaign from plain values, such as a program or a form gives.

    Raises AuthorMistake with every fault that was found.
    """
    try:
        return Campaign.model_validate(tree)
    except ValidationError as error:
        raise AuthorMistake(_faults(error, Campaign)) from None


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        beside = [file.name for file in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise AuthorMistake.of(
            "", "no such file", file=str(path), hint=nearest(path.name, beside)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise AuthorMistake.of("", f"cannot be read: {error}", file=str(path)) from None
    if not text.strip():
        raise AuthorMistake.of("", "the file is empty", file=str(path))
    return text


def _parse(path: Path, text: str, *, is_a: str) -> tuple[object, Node | None]:
    """Parse YAML 1.2, where `Yes`, `No` and dates are texts, and keep the nodes for their lines."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _PlainConstructor
    try:
        tree, node = yaml.load(text), yaml.compose(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        fault = getattr(error, "problem", None) or str(error)
        raise AuthorMistake.of("", f"not YAML: {fault}", file=where) from None
    except ValueError as error:  # a tag of YAML's on a text that does not fit it
        raise AuthorMistake.of("", f"not YAML: {error}", file=str(path)) from None
    if not isinstance(tree, dict):
        raise AuthorMistake.of("", is_a, file=str(path))
    return tree, node


def _faults(
    error: ValidationError,
    model: type[BaseModel],
    *,
    path: Path | None = None,
    node: Node | None = None,
) -> Iterable[Fault]:
    for detail in error.errors(include_url=False):
        location = detail["loc"]
        yield Fault(
            field=".".join(map(str, location)),
            fault=_told(detail),
            file=_place(path, node, location),
            hint=_hint(detail, model, location),
        )


def _told(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "no such field"
    if detail["type"] == "missing":
        return "is required"
    message = detail["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _hint(detail: ErrorDetails, root: type[BaseModel], location: Location) -> str:
    if detail["type"] != "extra_forbidden":
        return ""
    model = _model_at(root, location[:-1])
    return nearest(str(location[-1]), model.model_fields) if model else ""


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """Follow a location from model to model; numbers are places in lists of them."""
    found: type[BaseModel] | None = model
    for part in location:
        if found is None or isinstance(part, int):
            continue
        field = found.model_fields.get(part)
        found = next(iter(_models_in(field.annotation)), None) if field else None
    return found


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif typing.get_origin(annotation) in {
        typing.Union,
        types.UnionType,
        list,
        tuple,
        typing.Annotated,
    }:
        for argument in typing.get_args(annotation):
            yield from _models_in(argument)


def _place(path: Path | None, node: Node | None, location: Location) -> str:
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


def _child(node: Node | None, part: int | str) -> tuple[Node | None, Node | None]:
    """Return the node that names a part and the node of its value."""
    if isinstance(node, MappingNode):
        return next(((k, v) for k, v in node.value if k.value == str(part)), (None, None))
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None
