"""No template works for ever, or writes without end."""

from __future__ import annotations

import pytest

TOO_MUCH = "body: the template does too much or writes too much"

BOUNDED = [
    "{{ userId * 9999999 }}",
    "{{ 9999999 * userId }}",
    "{{ 10 ** 99999 }}{{ userId }}",
    "{{ (10 ** 900) * (10 ** 900) }}{{ userId }}",
    "{{ '%99999999d' % 1 }}{{ userId }}",
    "{{ '%*d' % (999999, 1) }}{{ userId }}",
    "{{ '%99999999d' | format(1) }}{{ userId }}",
    "{{ userId | center(99999) }}",
    "{{ userId | indent('x' * 200) }}",
    "{{ userId | indent(width=99999) }}",
    "{{ [userId] | slice(999999999) | list }}",
    "{{ [userId] | batch(999999999, 0) | list }}",
    "{{ [1, 2, userId] | join('x' * 200) }}",
    "{{ ('a' * 2000) | replace('a', 'b' * 2000) ~ userId }}",
    "{{ ('a' * 2000) | replace('', 'b' * 2000) ~ userId }}",
    "{{ ('a' * 2000) | regex_replace('a', 'b' * 2000) ~ userId }}",
    "{{ range(2000) | list | union([userId]) }}",
    "{{ range(2000) | list | shuffle | first ~ userId }}",
    "{{ [userId] | tojson(99999) }}",
    "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ userId }}",
    "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}{{ userId }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] | list %}{% endfor %}{{ userId }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) ~ userId }}",
    "{% for x in range(9999) %}0123456789{{ userId }}{% endfor %}",
]


@pytest.mark.parametrize("template", BOUNDED)
def test_a_template_that_does_too_much_is_stopped_and_named(text, template: str):
    assert text(template) == TOO_MUCH


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 'a%sb' % userId }}", "au-1b"),
        (
            "{{ 2.0 ** 2 }} {{ 1.5 * 2 }} {{ 2 * 1.5 }} {{ [1] + [2] }} {{ 'ab' * 2 }}",
            "4 3 3 [1, 2] abab",
        ),
        ("{{ '%s!' | format(userId) }}", "u-1!"),
        ("{{ 'aa bb' | wordwrap(2) }}", "aa\nbb"),
        ("{% set c = {'k': {'a': 1}} | dictsort %}{{ c[0][1] }}", "{'a': 1}"),
        ("{{ [{'a': userId}] | list | map(attribute='a') | join(', ') }}", "u-1"),
        ("{% for k, v in {'a': [{'b': 2}]} %}{{ k ~ v }}{% endfor %}", "a[{'b': 2}]"),
        ("{% set occurrencesOf = {'a': 1} %}{{ occurrencesOf['a'] }}", "1"),
        ("{{ {'a': 1}['a'] }}", "1"),
    ],
)
def test_what_is_within_the_bounds_is_written(text, template: str, expected: str):
    assert text(template, user_id="u-1") == expected


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ '10:00' | date ~ userId }}", "TypeError"),
        ("{{ 'now' | date ~ userId }}", "TypeError"),
        ("{{ 'soon' | date ~ userId }}", "ParserError"),
        ("{{ 'P1D' | date ~ userId }}", "TypeError"),
        ("{{ now | plus_time(1, 'eons') ~ userId }}", "ValueError"),
        ("{{ ('a' * 40 ~ 'b') | regex_replace('(a|aa)+$', '') ~ userId }}", "TimeoutError"),
        ("{{ userId.replace('a', 'b') }}", "SecurityError"),
        ("{{ [userId].append(1) }}", "SecurityError"),
        ("{{ recentOccurrencesOf['a'] ~ userId }}", ""),
    ],
)
def test_what_cannot_be_done_is_told_by_its_kind(text, template: str, reason: str):
    if not reason:
        with pytest.raises(Exception, match="there is no variable 'recentOccurrencesOf'"):
            text(template)
    else:
        assert text(template) == f"body: {reason} in the template"
