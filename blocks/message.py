"""A message: the webhook's templates, and where its credentials are kept out of sight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    SerializationInfo,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from blocks.localized import Locales, Localized, as_texts
from blocks.message_secrets import (
    MASK,
    PLACEHOLDER,
    QUERY_PAIR,
    TEMPLATE,
    is_literal_password,
    literal_headers,
    literal_in_body,
    mask_query,
    names_a_credential,
    without_templates,
)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


RESERVED_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "webhook-id"}
)

# For the form, where a refused value is never stored: either nobody in front of the host, or
# `${NAME}` for what is secret. Both Python and ECMAScript read it; a file may hold a password.
URL_PATTERN = (
    r"^(?:(?!(?:\{\{(?:(?!\}\})[\s\S])*\}\}|\{(?!\{)|[^\/?#\{])*//"
    r"(?:\{\{(?:(?!\}\})[\s\S])*\}\}|\{(?!\{)|[^\/?#\{])*@)"
    r"|\s*[A-Za-z]+://(?:[^\/?#@:]*:)?(?:\$\{[A-Za-z_][A-Za-z0-9_]*\})+@(?![^\/?#]*@))"
)

_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")
_AUTHORITY = re.compile(r"(?:\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|[^/?#])*", re.DOTALL)
_PLACES = re.compile(rf"{TEMPLATE.pattern}|(@)", re.DOTALL)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Message(BaseModel):
    """The templates of one webhook; every text may hold templates and `${NAME}` placeholders."""

    # Without the input in its text, a validation error cannot tell a password.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    method: Literal["POST", "GET", "PUT", "PATCH", "DELETE"] = Field(
        "POST", description="HTTP method.", json_schema_extra={"position": 0}
    )
    url: str = Field(
        title="URL",
        description=(
            "Where the request goes: http or https, may hold templates. Credentials are written"
            " user:${PASSWORD}@ in front of the host, the password in the environment."
        ),
        json_schema_extra={"position": 1, "pattern": URL_PATTERN},
    )
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = Field(
        "application/json",
        description="How the data is written: a flat JSON object, or a form.",
        json_schema_extra={"position": 2},
    )
    data: dict[str, str] = Field(
        default_factory=dict,
        description="Names and values (templates) sent as the body, or as the query of a GET.",
        json_schema_extra={"position": 3},
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="More headers; values are templates, secrets are written ${NAME}.",
        json_schema_extra={"position": 4},
    )
    # In the form an empty text is none, rather than a choice between the two.
    body: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        None,
        description="The whole body as one template, instead of data; as JSON it must parse.",
        json_schema_extra={"position": 5, "default": ""},
    )
    locales: Locales = Field(
        default={},
        description="What differs by language, such as de, or locale, such as de-AT.",
        json_schema_extra={"position": 6},
    )
    # Not in the form: what is typed there is stored as it is typed.
    credentials: SkipJsonSchema[SecretStr | None] = Field(
        None,
        description="Basic credentials as user:password, percent-encoded as in a URL.",
        json_schema_extra={"position": 7},
    )

    @model_validator(mode="before")
    @classmethod
    def _part_credentials(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or not isinstance(given.get("url"), str):
            return given
        url, credentials = part_credentials(given["url"])
        if credentials is None:
            return {**given, "url": url}
        if given.get("credentials"):
            raise ValueError("the credentials are given twice, in the URL and by themselves")
        return {**given, "url": url, "credentials": credentials}

    @field_validator("data", "headers", mode="before")
    @classmethod
    def _as_texts(cls, given: Any) -> Any:
        return as_texts(given)

    @field_validator("body", "credentials", mode="before")
    @classmethod
    def _empty_is_none(cls, given: Any) -> Any:
        return None if given == "" else given

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        return check_url(url)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        return check_headers(headers)

    @field_validator("credentials")
    @classmethod
    def _check_credentials(cls, credentials: SecretStr | None) -> SecretStr | None:
        if credentials and not credentials.get_secret_value().strip("*"):
            raise ValueError("the credentials were masked when this was saved: give them again")
        return credentials

    @model_validator(mode="after")
    def _check_together(self) -> Message:
        if self.body is not None and self.data:
            raise ValueError("give either data or body, not both")
        if self.body is not None and self.method == "GET":
            raise ValueError("a GET has no body; its data becomes the query of the URL")
        if self.credentials and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("give either an Authorization header or credentials, not both")
        return self

    @model_validator(mode="after")
    def _check_locales(self) -> Message:
        for tag, one in self.locales.items():
            try:
                self._in(one)
                alone = Message(url=one.url or self.url, headers=one.headers)
            except ValidationError as error:
                told = error.errors(include_url=False)[0]
                field = "".join(f".{step}" for step in told["loc"][:1])
                raise ValueError(f"locales.{tag}{field}: {told['msg']}") from None
            if set(alone.literal_secrets()) - ({"url"} if not one.url else set()):
                raise ValueError(f"locales.{tag}: a secret is written out; write ${{NAME}}")
        return self

    @field_serializer("credentials")
    def _mask_credentials(
        self, credentials: SecretStr | None, info: SerializationInfo
    ) -> str | None:
        if credentials is None:
            return None
        text = credentials.get_secret_value()
        # Prefect asks in this way when it encrypts a block that is being saved.
        asked = bool(info.context and info.context.get("include_secrets"))
        return text if asked or not is_literal_password(text) else MASK

    @field_serializer("headers", when_used="json")
    def _mask_headers(self, headers: dict[str, str]) -> dict[str, str]:
        literal = set(self.literal_secrets())
        return {
            name: MASK if f"headers.{name}" in literal else value for name, value in headers.items()
        }

    @field_serializer("url", when_used="json")
    def _mask_url(self, url: str) -> str:
        return mask_query(url) if "url" in self.literal_secrets() else url

    def variants(self) -> dict[str, Message]:
        """Return the whole message in each language that differs, by its tag."""
        return {tag: self._in(one) for tag, one in self.locales.items()}

    def _in(self, one: Localized) -> Message:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return Message(**one.over({**given, "locales": {}}))

    @property
    def shown_url(self) -> str:
        """Return the URL for people: `***@` for credentials, `***` for secrets in the query."""
        url = mask_query(self.url)
        return url.replace("://", f"://{MASK}@", 1) if self.credentials else url

    def written_out(self) -> list[str]:
        """Return the values of credential headers and parameters, and of literal ones elsewhere."""
        pairs = [pair[3] for pair in QUERY_PAIR.finditer(self.url) if names_a_credential(pair[2])]
        pairs += [self.data[name] for name in literal_headers(self.data)]
        pairs += literal_in_body(self.body or "").values()
        return pairs + [v for name, v in self.headers.items() if names_a_credential(name)]

    def literal_secrets(self) -> list[str]:
        """Name the fields whose credential is written out instead of as `${NAME}`."""
        found = []
        if self.credentials and is_literal_password(self.credentials.get_secret_value()):
            found.append("credentials")
        if mask_query(self.url) != self.url:
            found.append("url")
        found.extend(f"headers.{name}" for name in literal_headers(self.headers))
        return found


def check_url(url: str) -> str:
    """Return a URL template, or raise ValueError with what is wrong with its literal parts."""
    if not url:
        raise ValueError("the URL is empty")
    opening = re.split(rf"{TEMPLATE.pattern}|{PLACEHOLDER.pattern}", url, maxsplit=1)[0]
    whole = opening == url
    if (whole or re.search(r"[:/]", opening)) and not re.match(r"https?://", opening, re.I):
        raise ValueError("the URL must begin with http:// or https://")
    if re.match(r"https?://(?:[/?#:]|$)", url, re.I):
        raise ValueError("the URL has no host")
    plain = without_templates(url, blank="0")
    if re.match(r"https?://[^/?#]*:(?!\d*(?:[/?#]|$))[^\]/?#:]*(?:[/?#]|$)", plain, re.I):
        raise ValueError(
            "the URL's port is not a number; in a password '/', '?' and '#' are percent-encoded"
        )
    return url


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return headers without blanks around them, or raise ValueError with all that is wrong."""
    seen: set[str] = set()
    faults: list[str] = []
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            faults.append(f"{name!r} is not a header's name")
        elif name.lower() in RESERVED_HEADERS:
            faults.append(f"the header '{name}' is set by Hookline itself")
        elif name.lower() in seen:
            faults.append(f"the header '{name}' is given twice")
        elif re.search(r"[\r\n]", TEMPLATE.sub("", value.strip())):
            faults.append(f"the header '{name}' holds a line break")
        seen.add(name.lower())
    if faults:
        raise ValueError("; ".join(faults))
    return {name: value.strip() for name, value in headers.items()}


def part_credentials(url: str) -> tuple[str, str | None]:
    """Part `user:password@` from a URL template: the URL without it, and the text as written."""
    url = url.strip()
    scheme = _SCHEME.match(url)
    if scheme is None:
        return url, None
    authority = _AUTHORITY.match(url, scheme.end())
    assert authority is not None  # it matches the empty text, too
    ats = [place.start(1) for place in _PLACES.finditer(authority[0]) if place[1]]
    if not ats:
        return url, None
    credentials, host = authority[0][: ats[-1]], authority[0][ats[-1] + 1 :]
    return scheme[0] + host + url[authority.end() :], credentials or None
