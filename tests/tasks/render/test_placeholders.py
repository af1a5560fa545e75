from __future__ import annotations

import pytest

from blocks.mistake import AuthorMistake
from tasks.render.placeholders import MaskedEnvironment

SECRET = 'hunter2 {{ userId }} "${OTHER}"'


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("key ${KEY}", "key k"),
        ("${KEY}${KEY}", "kk"),
        ("{{ '${KEY}' ~ userId }}", "ku1"),
        ("{{ userAttribute.x | default('${KEY}') }}", "k"),
        ("$${KEY}", "${KEY}"),
        ("$$${KEY}", "$${KEY}"),
        ("$KEY ${} ${a b} $", "$KEY ${} ${a b} $"),
        ("costs ${{ userId }}", "costs $u1"),
        ("{% raw %}{{ ${KEY} }}{% endraw %}", "{{ k }}"),
    ],
)
def test_a_placeholder_in_the_text_is_replaced(text, template: str, expected: str):
    assert text(template, user_id="u1", environ={"KEY": "k"}) == expected


def test_the_value_of_a_secret_is_neither_template_nor_placeholder(text):
    assert text("${S}{{ '${S}' }}", environ={"S": SECRET}) == SECRET + SECRET


def test_a_value_of_the_user_is_no_placeholder(text):
    assert text("{{ userAttribute.x }}", {"x": "${S}"}, environ={"S": SECRET}) == "${S}"


def test_a_column_is_not_named_by_a_secret(text):
    reason = text("{{ userAttribute['${S}'] }}{{ userAttribute[userId] }}", environ={"S": SECRET})

    assert reason == "body: userAttribute['${S}'] is missing"


def test_every_unset_name_is_the_authors_mistake(text):
    with pytest.raises(AuthorMistake) as mistake:
        text("${A} {{ '${B}' }} ${A}")

    assert str(mistake.value).splitlines() == [
        "message.body: the environment variable A is not set",
        "message.body: the environment variable B is not set",
    ]


def test_a_masked_environment_has_every_name_and_tells_none():
    environ = MaskedEnvironment()

    assert environ["ANY"] == "***"
    assert "ANY" in environ
    assert list(environ) == []
    assert len(environ) == 0
