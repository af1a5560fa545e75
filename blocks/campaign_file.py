"""Read a campaign file, or say what is wrong in it: file and line, field, fault."""

from __future__ import annotations

import os
import re
import types
import typing
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import Node

from blocks.campaign import Campaign
from blocks.mistake import AuthorMistake, Fault, nearest, nearest_file
from blocks.yaml_places import Location, location_of, place

_BRACES = re.compile(r"(?:^|[:,\[{-])\s*\{\{")
_QUOTED = re.compile(r"'([^']*)'")
Model = TypeVar("Model", bound=BaseModel)

# What a field takes, by the type of pydantic's error, in words for who writes YAML.
_TAKES = {
    "model_type": "fields of its own, each `name: value`",
    "dict_type": "names with values, each `name: value`",
    "tuple_type": "a list: put `- ` before each of its parts",
    "list_type": "a list: put `- ` before each of its parts",
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


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


def placed(mistake: AuthorMistake, path: Path) -> AuthorMistake:
    """Return a mistake in a campaign with its file and line where a fault names none."""
    try:
        node = YAML(typ="safe", pure=True).compose(_read(path))
    except (AuthorMistake, YAMLError):
        return mistake
    return AuthorMistake(_placed(fault, path, node) for fault in mistake.faults)


def _placed(fault: Fault, path: Path, node: Node | None) -> Fault:
    field = fault.field.partition(", ")[0]
    of_file = not fault.file or Path(fault.file).absolute() == path.absolute()
    if not of_file or field.partition(".")[0] not in Campaign.model_fields:
        return fault
    return replace(fault, file=place(path, node, location_of(node, field)))


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
        beside = path.parent.glob("*.y*ml") if path.parent.is_dir() else ()
        hint = nearest_file(path, beside)
        raise AuthorMistake.of("", "no such file", file=str(path), hint=hint) from None
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
        hint = _quotes(text, mark.line if mark else 0)
        raise AuthorMistake.of("", f"not YAML: {fault}", file=where, hint=hint) from None
    except ValueError as error:  # a tag of YAML's on a text that does not fit it
        raise AuthorMistake.of("", f"not YAML: {error}", file=str(path)) from None
    if not isinstance(tree, dict):
        raise AuthorMistake.of("", is_a, file=str(path))
    return tree, node


def _quotes(text: str, number: int) -> str:
    """Return what to say of a line that YAML cannot read and that has a template without quotes."""
    line = "".join(text.splitlines()[number : number + 1])
    return 'a text that begins with {{ needs quotes: "{{User ID}}"' if _BRACES.search(line) else ""


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
            file=place(path, node, location),
            hint=_hint(detail, model, location),
        )


def _told(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "no such field"
    if detail["type"] in _TAKES:
        return f"takes {_TAKES[detail['type']]}"
    if detail["type"] == "missing":
        return "is required"
    message = detail["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _hint(detail: ErrorDetails, root: type[BaseModel], location: Location) -> str:
    if detail["type"] == "model_type":
        model = _model_at(root, location)
        return f"its fields: {', '.join(model.model_fields)}" if model else ""
    if detail["type"] == "literal_error":
        return nearest(str(detail["input"]), _QUOTED.findall(detail["ctx"]["expected"]))
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
