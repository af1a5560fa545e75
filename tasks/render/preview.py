"""Show a request to people: what would be sent, its secrets masked."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from blocks.message_secrets import MASK, mask_query, names_a_credential
from tasks.render.request import Request


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as text, with `***` where it carries a secret."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str


def show(request: Request, *, mask: Callable[[str], str] = str) -> Shown:
    """Return what a request looks like; `mask` hides what else is secret in its body."""
    url = mask_query(request.url)
    if request.authorization:
        url = url.replace("://", f"://{MASK}@", 1)
    headers = tuple(
        (name, MASK if names_a_credential(name) else value) for name, value in request.headers
    )
    return Shown(request.method, url, headers, mask(request.body.decode(errors="replace")))


def as_curl(request: Request, *, mask: Callable[[str], str] = str) -> str:
    """Return a command line that sends the request, once the masked secrets are filled in."""
    shown = show(request, mask=mask)
    words = ["curl", "--globoff", "--request", shown.method, mask_query(request.url)]
    if request.authorization:
        words += ["--user", MASK]
    for name, value in shown.headers:
        # curl takes a header without a value for one to leave out, unless a semicolon ends it.
        words += ["--header", f"{name}: {value}" if value else f"{name};"]
    if shown.body:
        words += ["--data-raw", shown.body]
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Return a word for a shell, what would move a terminal's cursor or hide a text as escapes."""
    if all(one.isprintable() or one == "\n" for one in word):
        return shlex.quote(word)
    return f"$'{''.join(map(_escaped, word))}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"
