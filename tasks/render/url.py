"""The rendered URL: percent-encoded where it must be, refused where it is none."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

import idna

from tasks.render.request import Suppressed

BLANKS = " \t\r\n"
LONGEST = 65_536  # characters; httpx takes no longer ones

_START = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_MASKED_START = re.compile(r"[^/?#]*\*\*\*[^/?#]*|https?://[^/?#]*\*\*\*[^/?#]*", re.I)
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)
_HOST = re.compile(r"(?=.{1,254}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}", re.ASCII)
# What RFC 3986 allows in path and query, and the brackets that servers are used to find there.
_LEGAL = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*+")
_ILLEGAL = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]%]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Clients and servers resolve these segments: the request would go elsewhere than it says.
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=[/?#]|$)", re.I)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port that a template spells out: no recipient can change them."""

    text: str
    length: int  # of the template's literal text that it stands for


def literal_origin(opening: str, *, is_whole: bool, masked: bool) -> Origin | Suppressed | None:
    """Return the origin in the literal text that a URL begins with; None if a template is in it.

    `is_whole` says that nothing follows the text. `masked` takes a masked value as it is.
    """
    blanks = len(opening) - len(opening.lstrip(BLANKS))
    if masked and (found := _MASKED_START.match(opening, blanks)):
        return Origin(found[0], found.end())
    found = _START.match(opening, blanks)
    if found is None or not (is_whole or found.end() < len(opening)):
        return None
    origin = _origin(found[1], found[2])
    return origin if isinstance(origin, Suppressed) else Origin(origin, found.end())


def normalise(text: str) -> str | Suppressed:
    """Return a rendered URL as it is sent, or why it cannot be."""
    text = text.strip(BLANKS)
    found = _START.match(text)
    if _CONTROL.search(text):
        return Suppressed("url: control character")
    if found is None:
        return Suppressed("url: empty" if not text else "url: not an http or https URL")
    origin = _origin(found[1], found[2])
    return origin if isinstance(origin, Suppressed) else complete(origin, text[found.end() :])


def complete(origin: str, rest: str) -> str | Suppressed:
    """Return the URL of an origin and the rendered text after it, percent-encoded."""
    rest = rest.rstrip(BLANKS)
    if not (rest[:1] == "/" and "/." not in rest and _LEGAL.fullmatch(rest) and "%2" not in rest):
        encoded = _encode(rest)
        if isinstance(encoded, Suppressed):
            return encoded
        rest = encoded
    if len(origin) + len(rest) > LONGEST:
        return Suppressed(f"url: longer than {LONGEST} characters")
    return origin + rest


def with_query(url: str, query: str) -> str:
    """Return the URL with more pairs at the end of its query."""
    bare, hash_, fragment = url.partition("#")
    joint = "" if bare.endswith(("?", "&")) else "&" if "?" in bare else "?"
    return f"{bare}{joint}{query}{hash_}{fragment}" if query else url


def _encode(rest: str) -> str | Suppressed:
    if _CONTROL.search(rest):
        return Suppressed("url: control character")
    if not rest.startswith("/"):
        rest = f"/{rest}"
    if _DOTS.search(re.split(r"[?#]", rest, maxsplit=1)[0]):
        return Suppressed("url: a segment of the path is '.' or '..'")
    bare, hash_, fragment = rest.partition("#")
    try:
        return _ILLEGAL.sub(_percent, bare) + hash_ + _ILLEGAL.sub(_percent, fragment)
    except UnicodeEncodeError:
        return Suppressed("url: not text that UTF-8 can carry")


def _percent(illegal: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in illegal[0].encode())


@lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> str | Suppressed:
    scheme = scheme.lower()
    if scheme not in {"http", "https"}:
        return Suppressed("url: not an http or https URL")
    if "@" in authority:
        return Suppressed("url: credentials in the rendered URL")
    parts = _HOST_AND_PORT.fullmatch(authority)
    assert parts is not None  # it matches every text
    if not parts[1]:
        return Suppressed("url: no host")
    host = _host(parts[1])
    if host is None:
        return Suppressed("url: not a host name")
    port = parts[2] or ""
    if port and not (
        port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65_536
    ):
        return Suppressed("url: bad port")
    is_default = not port or int(port) == {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{int(port)}"


def _host(host: str) -> str | None:
    """Return the host in lower-case ASCII letters, or None if it is none."""
    try:
        if host.startswith("["):
            return None if "%" in host else f"[{ipaddress.IPv6Address(host[1:-1])}]"
        plain = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
        if _IPV4.fullmatch(plain):
            return str(ipaddress.IPv4Address(plain))
        if "xn--" in plain:
            idna.decode(plain)
    except ValueError:
        return None
    return plain if _HOST.fullmatch(plain) else None
