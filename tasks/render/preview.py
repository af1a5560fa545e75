"""Show a request to people: what would be sent, its secrets masked."""

from __future__ import annotations

import shlex
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


def show(request: Request) -> Shown:
    """Return what a request looks like."""
    url = mask_query(request.url)
    if request.authorization:
        url = url.replace("://", f"://{MASK}@", 1)
    headers = tuple(
        (name, MASK if names_a_credential(name) else value) for name, value in request.headers
    )
    return Shown(request.method, url, headers, request.body.decode(errors="replace"))


def as_curl(request: Request) -> str:
    """Return a command line that sends the request, once the masked secrets are filled in."""
    shown = show(request)
    words = ["curl", "--globoff", "--request", shown.method, mask_query(request.url)]
    if request.authorization:
        words += ["--user", MASK]
    for name, value in shown.headers:
        # curl takes a header without a value for one to leave out, unless a semicolon ends it.
        words += ["--header", f"{name}: {value}" if value else f"{name};"]
    if shown.body:
        words += ["--data-raw", shown.body]
    return shlex.join(words)
