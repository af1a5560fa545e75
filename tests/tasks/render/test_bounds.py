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
    "{{ range(2000) | list | shuffle | first ~ userId }}",
    "{{ [userId] | tojson(99999) }}",
    "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ userId }}",
    "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}{{ userId }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] | list %}{% endfor %}{{ userId }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) ~ userId }}",
    "{% for x in range(9999) %}0123456789{{ userId }}{% endfor %}",
]

# What `x` and `y` are after sixty doublings: lists that share all their parts, and are as long as
# 2 ** 60 where they are gone through.
DOUBLED = (
    "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
    "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{% set x = n.x %}"
)
LARGE_OPERANDS = [
    "{{ x == n.y }}",
    "{{ 1 if x < n.y else 2 }}",
    "{{ x in [n.y] }}",
    "{{ x is equalto(n.y) }}",
    "{{ x is string_containing('2') }}",
    "{{ [1] | select('within', [x, n.y]) }}",
    "{{ [x, n.y] | sort | length }}",
    "{{ [x, n.y] | max | length }}",
    "{{ [x] | union([n.y]) | length }}",
    "{{ x | join | length }}",
    "{{ x | md5 }}",
    "{{ 1 | default(x) | pprint | length }}",
    "{{ [1] | sum(start=x) }}",
    "{{ '%s' % (x,) }}",
    "{{ [n.y].index(x) }}",
    "{{ [n.y].index(*[x]) }}",
    "{{ dict(a=x) | length }}",
    "{% ifchanged x %}a{% endifchanged %}",
]
TUPLES = (
    "{% set n = namespace(x=(1,)) %}{% for i in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}"
)
LARGE_KEYS = ["{{ {n.x: 1} | length }}", "{{ userAttribute[n.x] }}", "{{ {}.get(n.x) }}"]
A_MILLION = [
    "{{ (')' * 50000 ~ 'x)') | urlize | length }}",
    "{{ ('<>' * 400000) | striptags | length }}",
    "{{ ('aa ' * 300000) | wordwrap(3) | length }}",
    "{{ ('a' * 400000).rsplit('ab' ~ 'a' * 200000) | length }}",
    "{{ ('a' * 400000).strip('b' * 200000) | length }}",
    "{{ ('a' * 400000) | trim('b' * 200000) | length }}",
    "{{ ('a\n' * 100000) | indent(1000) | length }}",
    "{{ ('a\n' * 100000) | indent('x' * 90) | length }}",
    "{{ ('ab' * 100000) | join('x' * 100) | length }}",
    "{{ ('\"' * 900000) | escape | length }}",
    "{{ datetimeformat(now, '%Y' * 499999) | length }}",
    "{{ now.strftime('%Y' * 499999) }}",
    "{{ '2020' | strtodate('y' * 999) }}",
    "{{ 'x' | regex_replace('x' * 2000, '') }}",
    "{{ 'x' | regex_replace('x', '\\\\1' * 200) }}",
    "{{ ('x' * 90000) | regex_replace('(x+)', '\\\\1' * 90) | length }}",
    "{{ ('xy' * 9000) | regex_replace('x', 'z' * 200) | length }}",
    "{{ ('ab' * 25000) | regex_replace('b|a[ab]{900}[ab]*c', '') | length }}",
    "{% set a = 'a' * 900000 %}{% for i in range(90) %}{{ a[1:] | length }}{% endfor %}",
    "{% set a = 'a' * 900000 %}{% for i in range(90) %}{{ 'b' in a }}{% endfor %}",
    "{% set a = 'a' * 900000 %}{% for i in range(90) %}{{ a.count('b') }}{% endfor %}",
    "{% set a = ['a', 'b'] * 9000 %}{{ a is containing_all(a) }}{{ ('ab' * 400000) is containing_all(a) }}",
    "{{ ([[1]] * 9000) | sum(start=[]) | length }}",
    "{{ (['a'] * 9000) | select('in', ['b'] * 9000) | length }}",
    "{{ (['9' * 4000] * 9000) | map('int') | length }}",
    "{{ range(9999) | map('multiply', 2305843009213693951) | unique | length }}",
    "{{ ('f' * 9000) | int(0, 16) }}",
    "{{ '%9d' * 5000 % 1 }}",
    "{{ [[[1] * 20000]] | tojson(8) | length }}",
    "{{ [userId] | tojson(9) }}",
    "{{ ('ab' * 200000) | groupby('a') | length }}",
    "{{ '%(a)s' * 200 % {'a': 'x' * 90000} }}",
    "{{ '%(a)9999d' % {'a': 1} }}",
]
CALLS_IN_CALLS = [
    "{% set n = namespace(x=1) %}{% for i in range(70) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x == 1 }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{{ caller() }}{% call m(n) %}x{% endcall %}{% endmacro %}{% call m(1) %}{% endcall %}",
    "{% for x in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "{% for x in [1, 2] recursive %}{% if loop.depth < 9 %}0123456789{{ loop(range(999)) }}{% endif %}{% endfor %}",
    "{% for x in [1] if x < 2 recursive %}{{ loop(range(99)) }}{{ loop(range(9999)) }}{% endfor %}",
    "{% block b %}{{ self.b() }}{{ self.b() }}{% endblock %}",
    # Jinja copies the context for each of these.
    "{% for i in range(99) %}{% set x = i %}{% block b scoped %}{% for j in range(999) %}{% endfor %}"
    "{% endblock %}{% endfor %}",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "template",
    [
        *BOUNDED,
        *(DOUBLED + operation + "{{ userId }}" for operation in LARGE_OPERANDS),
        *(TUPLES + operation + "{{ userId }}" for operation in LARGE_KEYS),
        *(operation + "{{ userId }}" for operation in A_MILLION + CALLS_IN_CALLS),
    ],
)
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
        ("{{ {('a' * 300): 'b'}['a' * 300] }}", "b"),
        ("{{ [{('a' * 300): 'b'}] | map(attribute='a' * 300) | first }}", "b"),
        ("{{ [1] | map(attribute='a' * 300) | first is defined }}", "false"),
        ("{{ [[1]] | tojson(1) }}", "[\n [\n  1\n ]\n]"),
        ("{{ {'a': 1} | attr('a' * 300) is defined }}", "false"),
        ("{{ 'call 123456, %s: %3d' % (userId, 7) }}", "call 123456, u-1:   7"),
        ("{{ '123456 %(a)s' % {'a': userId} }}", "123456 u-1"),
        ("{{ {(1, 2): 'a'}[(1, 2)] }} {{ {}[(1, 2)] | default('b') }}", "a b"),
        (
            "{% for x in [1, [2, 3]] recursive %}{{ loop(x) if x is sequence else x }}{% endfor %}",
            "123",
        ),
        ("{% macro m(n) %}{{ m(n - 1) if n else 'x' }}{% endmacro %}{{ m(40) }}{{ m(40) }}", "xx"),
        ("{{ ('a' * 40 ~ 'b') | regex_replace('(a|aa)+$', '') | length }}", "41"),
        ("{{ (['a'] * 9) | sum(start=0, attribute='b') if false else 1 }}", "1"),
        ("{{ [[1], [2]] | sum(start=[]) }}", "[1, 2]"),
        ("{{ [[1], {'a': [2]}] | difference([(1,), {'a': [2]}]) }}", "[[1]]"),
        ("{{ [(1, [2]), 1.0] | union([(1, [2]), [1, [2]], 1]) }}", "[(1, [2]), 1.0, [1, [2]]]"),
        (
            "{{ 'abc' is containing_all(['a', 'bc']) }} {{ {'a': 1} is containing_all('a') }}",
            "true true",
        ),
        (
            "{{ 'abc' is containing_all(['a', 'd']) }} {{ [[1]] is containing_all([[1]]) }}",
            "false true",
        ),
        (
            "{{ 'a <b>b</b>' | striptags }} {{ ' -a- ' | trim('- ') }} {{ '-a'.strip('-') }}",
            "a b a a",
        ),
        ("{{ {'a': 1}.items() }} {{ {'a': 1}.values() | first }}", "[('a', 1)] 1"),
        ("{{ (range(10000) | list | difference(range(9999) | list)) }}", "[9999]"),
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
        ("{{ userId.replace('a', 'b') }}", "SecurityError"),
        ("{{ [userId].append(1) }}", "SecurityError"),
        ("{{ (1).to_bytes(999999999, 'big') ~ userId }}", "SecurityError"),
        ("{{ '{:>999999999}'.format(1) ~ userId }}", "SecurityError"),
        ("{{ '{a:>999999999}'.format_map({'a': 1}) ~ userId }}", "SecurityError"),
        ("{{ userId.translate({}) }}", "SecurityError"),
        ("{{ userId.encode() }}", "SecurityError"),
        ("{{ now.time().strftime('%s') ~ userId }}", "SecurityError"),
        ("{{ now.astimezone() ~ userId }}", "SecurityError"),
        ("{{ range(9).index(1) ~ userId }}", "SecurityError"),
        ("{{ cycler(1).__init__ ~ userId }}", "SecurityError"),
        ("{{ namespace(a=1)._Namespace__attrs ~ userId }}", "SecurityError"),
        ("{{ userId | regex_replace('(?=a)', '') }}", "PatternError"),
        ("{{ userId | regex_replace('(', '') }}", "PatternError"),
        ("{{ [userId] | map('each pass') | list }}", "TemplateRuntimeError"),
        ("{{ [userId] | map('raise skipped') | list }}", "TemplateRuntimeError"),
        ("{{ [userId] | map('as JSON') | list }}", "TemplateRuntimeError"),
        ("{{ [userId] | map('upper alone') | list }}", "TemplateRuntimeError"),
        ("{{ [userId] | select('defined alone') | list }}", "TemplateRuntimeError"),
        ("{{ {'a': 1}.keys() - [] ~ userId }}", "TypeError"),
        ("{{ recentOccurrencesOf['a'] ~ userId }}", ""),
    ],
)
def test_what_cannot_be_done_is_told_by_its_kind(text, template: str, reason: str):
    if not reason:
        with pytest.raises(Exception, match="there is no variable 'recentOccurrencesOf'"):
            text(template)
    else:
        assert text(template) == f"body: {reason} in the template"
