"""Variants of a message by language, and which of them a user gets."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks.render.request import Recipient, Request, Suppressed

if TYPE_CHECKING:
    from tasks.render.compiled import CompiledMessage


# The built-in variables that tell a user's language, the more exact one first.
LOCALE_VARIABLES = ("locale", "language")


@dataclass(frozen=True, slots=True)
class Variant:
    """The message in one language, and the names of the texts that are its own."""

    tag: str
    message: CompiledMessage
    own: frozenset[str]

    def render(self, recipient: Recipient) -> Request | Suppressed:
        """Return the request, or the reason why there is none, with the variant that it is in."""
        result = self.message.render(recipient)
        if isinstance(result, Suppressed) and result.field in self.own:
            variant = f"locales.{self.tag}"
            return Suppressed(f"{variant}.{result.reason}", f"{variant}.{result.field}")
        return result


@dataclass(frozen=True, slots=True)
class Locales:
    """The variants by their tags, and the columns that say which a user gets, the first first."""

    columns: tuple[str, ...]
    variants: Mapping[str, Variant]

    def chosen(self, attributes: Mapping[str, Any]) -> Variant | None:
        """Return the variant of a user: of the locale, or else of its language; None for none."""
        for column in self.columns:
            locale = attributes.get(column)
            for tag in tags_of(locale) if isinstance(locale, str) else ():
                if tag in self.variants:
                    return self.variants[tag]
        return None


@functools.lru_cache(maxsize=1_000)
def tags_of(value: str) -> tuple[str, ...]:
    """Return the tags that fit a locale, the most exact first: `de_AT.UTF-8` gives de-at, de."""
    parts = value.strip().partition(".")[0].replace("_", "-").lower().split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))
