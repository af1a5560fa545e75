"""What a message says in one language, where it differs from what it says in all others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")


class Localized(BaseModel):
    """Fields of a message in one language; what is left out is as in the message itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str | None = Field(
        None,
        title="URL",
        description="Another URL for this language, without credentials.",
        json_schema_extra={"position": 0},
    )
    data: dict[str, str] = Field(
        default_factory=dict,
        description="Values that differ in this language, by their names.",
        json_schema_extra={"position": 1},
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers that differ in this language; secrets are written ${NAME}.",
        json_schema_extra={"position": 2},
    )
    body: str | None = Field(
        None,
        description="Another body for this language, as one template.",
        json_schema_extra={"position": 3},
    )

    @field_validator("data", "headers", mode="before")
    @classmethod
    def _as_texts(cls, given: Any) -> Any:
        return as_texts(given)

    def over(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a message with those of this language in their place."""
        own = {name.lower() for name in self.headers}
        kept = {name: text for name, text in message["headers"].items() if name.lower() not in own}
        merged = {
            **message,
            "url": self.url or message["url"],
            "headers": {**kept, **self.headers},
        }
        if self.body is not None:
            return {**merged, "data": {}, "body": self.body}
        if self.data:
            return {**merged, "data": {**message["data"], **self.data}, "body": None}
        return merged

    @property
    def own(self) -> frozenset[str]:
        """Return the names of the fields that it gives, as faults and reasons name them."""
        names = [f"data.{name}" for name in self.data]
        names += [f"data[{name}]" for name in self.data]
        names += [f"headers.{name}" for name in self.headers]
        names += ["url"] * (self.url is not None) + ["body"] * (self.body is not None)
        return frozenset(names)


def as_texts(given: Any) -> Any:
    """Write names and values that are numbers, truth values or dates as their texts."""
    if not isinstance(given, Mapping):
        return {} if given is None else given
    return {_as_text(name): _as_text(value) for name, value in given.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _tags(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    return {str(tag).replace("_", "-").lower(): one for tag, one in given.items()}


def _checked(given: dict[str, Localized]) -> dict[str, Localized]:
    for tag in given:
        if not _TAG.fullmatch(tag):
            raise ValueError(f"'{tag}' is not a language such as de, or a locale such as de-AT")
    return given


Locales = Annotated[dict[str, Localized], BeforeValidator(_tags), AfterValidator(_checked)]
