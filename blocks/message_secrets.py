"""Which parts of a message's texts are likely to be secrets that are written out."""

from __future__ import annotations

import re
from collections.abc import Mapping

MASK = "***"

# A template's expression, statement or comment: opaque when a text is taken apart.
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_CREDENTIAL_NAME = re.compile(
    r"authorization|credential|cookie|token|secret|passw|api[-_]?key|client[-_]?key|access[-_]?key",
    re.I,
)
QUERY_PAIR = re.compile(r"([?&])([^=&#?{}]+)=((?:\{\{.*?\}\}|[^&#])*)", re.DOTALL)
# What stands around a credential in a header and is none itself: `Bearer`, or a cookie's name.
_AROUND_CREDENTIAL = re.compile(
    r"^(?:bearer|basic|token|api-?key|key|digest)\b|[\w.-]+=(?=\0)|[\s;,:\0]", re.I
)

_JSON_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_FORM_PAIR = re.compile(r"(?:^|&)\s*([^=&\s]+)=([^&\s]*)")


def names_a_credential(name: str) -> bool:
    """Tell whether what a header or parameter of this name carries is likely to be a secret."""
    return _CREDENTIAL_NAME.search(name) is not None


def literal_headers(headers: Mapping[str, str]) -> list[str]:
    """Name the headers whose credential is written out instead of as `${NAME}`."""
    return [
        name for name, value in headers.items() if names_a_credential(name) and _is_literal(value)
    ]


def literal_in_body(body: str) -> dict[str, str]:
    """Return the credentials of a JSON or form body that are written out, by their names."""
    blanked = without_templates(body, blank="\0")
    pairs = dict(_JSON_PAIR.findall(blanked) + _FORM_PAIR.findall(blanked))
    return {name: pairs[name] for name in literal_headers(pairs)}


def mask_query(url: str) -> str:
    """Mask the values of query parameters that are likely to be secrets."""
    return QUERY_PAIR.sub(_mask_pair, url)


def _mask_pair(pair: re.Match[str]) -> str:
    is_secret = names_a_credential(pair[2]) and _is_literal(pair[3])
    return f"{pair[1]}{pair[2]}={MASK}" if is_secret else pair[0]


def is_literal_password(credentials: str) -> bool:
    """Tell whether the password, or a user without one, is anything but placeholders."""
    blanked = without_templates(credentials, blank="\0")
    user, _, password = blanked.partition(":")
    return (password or user).strip("\0") != ""


def _is_literal(text: str) -> bool:
    return _AROUND_CREDENTIAL.sub("", without_templates(text, blank="\0")) != ""


def without_templates(text: str, *, blank: str) -> str:
    """Return a text with `blank` for each template and each placeholder."""
    # `$${NAME}` is not a placeholder but the text `${NAME}`, so it stays.
    text = re.sub(rf"(?<!\$){PLACEHOLDER.pattern}", blank, text)
    return TEMPLATE.sub(blank, text)
