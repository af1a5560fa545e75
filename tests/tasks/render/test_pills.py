from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{User ID}}", "u1"),
        ("{{ User ID }}", "u1"),
        ("{{-  User\tID  -}}", "u1"),
        ("{{ User ID ~ User ID }}", "u1u1"),
        ("{{ 'User ID' ~ userId }}", "User IDu1"),
        ('{"User ID": "{{User ID}}"}', '{"User ID": "u1"}'),
        ("{% if userId %}{{User ID}}{% endif %}", "u1"),
    ],
)
def test_a_pill_becomes_its_variable_wherever_it_stands_in_an_expression(
    text, template: str, expected: str
):
    assert text(template, user_id="u1") == expected


def test_a_phrase_that_is_no_pill_is_a_syntax_error_of_the_line_it_stands_in(text):
    with pytest.raises(
        Exception, match=r"body: line 2, column 9: .*got 'Name', near '{{ User Name }}' .did you"
    ):
        text("\n{{ User Name }}")


def test_an_expression_that_does_not_end_is_a_syntax_error(text):
    with pytest.raises(Exception, match=r"message.body: line 1, column 9: "):
        text("{{ User ID")
