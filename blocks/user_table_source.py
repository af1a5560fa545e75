"""Where a user table is: a file's path or a database's URL, with secrets from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from blocks.mistake import AuthorMistake

FIELD = "users.source"
TEXT_FILES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
FILES = (*TEXT_FILES, ".parquet", ".pq")
_PLACEHOLDER = re.compile(r"(\$)?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DATABASE_FILE = re.compile(
    r"((?:sqlite(?:\+\w+)?|duckdb):///)(?![/:$]|file:|[A-Za-z]:)([^#?]+)(.*)", re.DOTALL
)


def is_url(source: str) -> bool:
    """Tell a database's URL from a file's path."""
    return "://" in source.partition("#")[0] or (source.startswith("${") and "#" in source)


def is_stored(source: str) -> bool:
    """Tell whether a source is a file or a folder in a store that fsspec knows: `s3://...`."""
    scheme, sep, rest = source.partition("://")
    if not sep or "#" in rest:
        return False
    from fsspec.registry import known_implementations

    return scheme in known_implementations


def is_duckdb(source: str) -> bool:
    """Tell whether a source is in a DuckDB file: `users.duckdb#table`, with `duckdb:///` or not."""
    file = source.partition("#")[0]
    return file.startswith("duckdb:///") or file.lower().endswith((".duckdb", ".ddb"))


def is_query(what: str) -> bool:
    """Tell a query from the name of a table."""
    return re.match(r"(?i)(select|with|values)\s", what) is not None


def masked(source: str) -> str:
    """Return the source with `***` in place of a password."""
    url, sep, rest = source.partition("#")
    if "@" not in url:  # perhaps a password with a # in it
        url, sep, rest = source, "", ""
    url = re.sub(r"(://[^:/@]*:).*@", r"\1***@", url, flags=re.DOTALL)
    url = re.sub(r"(?i)([?&](?:password|passwd|pwd|token)=)[^&#]*", r"\1***", url)
    return f"{url}{sep}{rest}"


def located(source: str, folder: Path) -> str:
    """Return the source with a relative path taken from `folder`."""
    if found := _DATABASE_FILE.fullmatch(source):
        return f"{found[1]}{(folder / found[2]).absolute()}{found[3]}"
    if is_url(source) or source.startswith("${"):
        return source
    return str((folder / source).absolute())


def expanded(source: str, environ: Mapping[str, str]) -> str:
    """Put the environment's values in place of `${NAME}`; `$${NAME}` stays as `${NAME}`.

    In front of a URL's host a value is percent-encoded: a password may hold any character.
    Raises AuthorMistake when a name is not set.
    """
    head, at, _ = source.partition("#")[0].rpartition("@")
    authority = len(head) if at and "://" in head else 0

    def value(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        if found[2] not in environ:
            raise AuthorMistake.of(FIELD, f"the environment variable {found[2]} is not set")
        inside = found.start() < authority and "://" in source[: found.start()]
        return quote(environ[found[2]], safe="") if inside else environ[found[2]]

    return _PLACEHOLDER.sub(value, source)


def existing(path: str) -> Path:
    """Return the path of a file that exists and is not empty; raises AuthorMistake otherwise."""
    try:
        with Path(path).open("rb") as opened:
            first = opened.read(1)
    except FileNotFoundError:
        raise AuthorMistake.of(FIELD, f"there is no file {path}") from None
    except IsADirectoryError:
        raise AuthorMistake.of(FIELD, f"{path} is not a file") from None
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise AuthorMistake.of(FIELD, f"{path} cannot be read: {told}") from None
    if not first:
        raise AuthorMistake.of(FIELD, f"{path} is empty")
    return Path(path)
