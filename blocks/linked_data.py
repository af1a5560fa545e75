"""Linked data: a service whose answers, fetched when a message is sent, templates can use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from blocks.message import check_headers, check_url, part_credentials
from blocks.message_secrets import MASK, TEMPLATE, literal_headers, mask_query

# A place of the URL that the template fills: `linkedData.quotes['ACME']`.
PARAMETER = "{}"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class LinkedData(BaseModel):
    """One service that answers in JSON; templates see its answer as `linkedData.<name>`."""

    # Without the input in its text, a validation error cannot tell a secret.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(
        description="The name that templates use: linkedData.<name>.",
        min_length=1,
        max_length=100,
        json_schema_extra={"position": 0},
    )
    url: str = Field(
        title="URL",
        description=(
            "Where the answer is: http or https, may hold templates of the user's attributes, and"
            " {} for a value that the message's template gives: linkedData.<name>[value]."
        ),
        json_schema_extra={"position": 1},
    )
    method: Literal["GET", "POST"] = Field(
        "GET", description="HTTP method.", json_schema_extra={"position": 2}
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers, the same for every user; secrets are written ${NAME}.",
        json_schema_extra={"position": 3},
    )
    cache_seconds: float = Field(
        300,
        title="Cache time",
        ge=0,
        le=86_400,
        allow_inf_nan=False,
        description="Seconds for which an answer is used again; 0 asks for each batch anew.",
        json_schema_extra={"position": 4},
    )
    timeout: float = Field(
        10,
        title="Time-out",
        gt=0,
        le=120,
        description="Seconds the service has to answer one request completely.",
        json_schema_extra={"position": 5},
    )
    default: Any = Field(
        None,
        description="What templates see where there is no answer; without it, null.",
        json_schema_extra={"position": 6},
    )

    @field_validator("name")
    @classmethod
    def _is_an_identifier(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("a name is letters, digits and _, and begins with a letter")
        return name

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        url, credentials = part_credentials(url)
        if credentials is not None:
            raise ValueError("credentials go into an Authorization header, as ${NAME}")
        return check_url(url)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if TEMPLATE.search(value):
                raise ValueError(f"the header '{name}' holds a template; put it into the URL")
        return check_headers(headers)

    @field_serializer("url", when_used="json")
    def _mask_url(self, url: str) -> str:
        return mask_query(url)

    @field_serializer("headers", when_used="json")
    def _mask_headers(self, headers: dict[str, str]) -> dict[str, str]:
        literal = set(literal_headers(headers))
        return {name: MASK if name in literal else value for name, value in headers.items()}

    @property
    def parameters(self) -> int:
        """Return how many values a template gives: the `{}` of the URL."""
        return TEMPLATE.sub("", self.url).count(PARAMETER)

    def literal_secrets(self) -> list[str]:
        """Name the fields whose credential is written out instead of as `${NAME}`."""
        found = ["url"] if mask_query(self.url) != self.url else []
        return found + [f"headers.{name}" for name in literal_headers(self.headers)]


def check_names(sources: Iterable[LinkedData]) -> None:
    """Raise ValueError when two sources have one name."""
    seen: set[str] = set()
    for source in sources:
        if source.name in seen:
            raise ValueError(f"the name '{source.name}' is given twice")
        seen.add(source.name)
