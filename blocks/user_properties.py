"""Which columns of the user table hold the built-in properties of users."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BeforeValidator

from blocks.mistake import nearest
from blocks.segment_subject import Property

PROPERTIES: tuple[Property, ...] = get_args(Property)


def _with_blanks(given: Any) -> Any:
    """Let a property be written with underscores too: `app_version`."""
    if not isinstance(given, Mapping):
        return given
    return {str(name).replace("_", " "): column for name, column in given.items()}


def _known(given: Mapping[str, str]) -> Mapping[str, str]:
    for name in given:
        if name not in PROPERTIES:
            known = nearest(name, PROPERTIES) or f"known: {', '.join(PROPERTIES)}"
            raise ValueError(f"'{name}' is no property of users, {known}")
    return given


Properties = Annotated[dict[str, str], BeforeValidator(_with_blanks), AfterValidator(_known)]


def property_column(
    name: str, *, properties: Mapping[str, str], known: Collection[str]
) -> str | None:
    """Return the column of a property such as `app version`; None where the table has none.

    One that is not mapped is a column of its own name, with blanks or underscores.
    """
    candidates = [properties[name]] if name in properties else [name.replace(" ", "_"), name]
    return next((one for one in candidates if one in known), None)
