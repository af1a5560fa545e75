"""A schema is read from JSON or YAML, and what is neither is told."""

import pytest

from blocks.body_schema import load_schema
from blocks.mistake import AuthorMistake


@pytest.mark.parametrize("text", ['{"type": "object"}', "type: object\n"])
def test_json_and_yaml_are_read(tmp_path, text):
    file = tmp_path / "schema"
    file.write_text(text, encoding="utf-8")

    assert load_schema(file) == {"type": "object"}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff\xfe", "cannot be read: it is not text in UTF-8"),
        (b"{", "is neither JSON nor YAML"),
    ],
)
def test_what_cannot_be_read_is_a_mistake_of_the_author(tmp_path, content, fault):
    file = tmp_path / "schema.json"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(AuthorMistake, match=f"schema: '.*schema.json' {fault}"):
        load_schema(file)
