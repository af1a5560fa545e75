"""The door to a JSON Schema in a file, JSON or YAML, that bodies are checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from blocks.mistake import AuthorMistake

FIELD = "schema"


def load_schema(file: str | Path) -> Any:
    """Read a schema. Raises AuthorMistake for a file that is not there or is neither."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise AuthorMistake.of(FIELD, f"'{file}' cannot be read: {fault}") from None
    try:
        # JSON is YAML, too.
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        raise AuthorMistake.of(FIELD, f"'{file}' is neither JSON nor YAML") from None
