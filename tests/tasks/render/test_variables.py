from __future__ import annotations

import pytest

from tasks.render.environment import MessageEnvironment
from tasks.render.variables import EVERYTHING, Named, attributes, together

NAMED = [
    ("no attribute at all", "", ""),
    ("{{ userAttribute.a }}", "a", ""),
    ("{{ userAttribute['a b'] }}", "a b", ""),
    ("{{ userAttribute.get('a') }}", "a", ""),
    ("{{ userAttribute.get('a', userAttribute.b) }}", "a,b", "a"),
    ("{{ userAttribute.a.b.c }}", "a", ""),
    ("{{ userAttribute.a.b | default('x') }}", "a", "a"),
    ("{{ userAttribute.a | default(userAttribute.b) }}", "a,b", "a"),
    ("{{ userAttribute.a | d }}", "a", "a"),
    ("{{ userAttribute.a | upper | default('x') }}", "a", ""),
    ("{{ userAttribute.a | d }}{{ userAttribute.a }}", "a", ""),
    ("{{ userAttribute.a is defined }}", "a", "a"),
    ("{{ userAttribute.a is number }}", "a", ""),
    ("{% if userAttribute.a is not none %}{{ userAttribute.a }}{% endif %}", "a", "a"),
    (
        "{% if userAttribute.a %}{{ userAttribute.b }}{% else %}{{ userAttribute.a }}{% endif %}",
        "a,b",
        "a",
    ),
    ("{% if userId %}{% elif userAttribute.a %}{{ userAttribute.a }}{% endif %}", "a", "a"),
    (
        "{% if userAttribute.a and userAttribute.b == 1 %}{{ userAttribute.b }}{% endif %}",
        "a,b",
        "a,b",
    ),
    ("{% if userAttribute.a | length > 2 %}x{% endif %}", "a", ""),
    ("{{ userAttribute.a if userAttribute.a else 'x' }}", "a", "a"),
    ("{{ userAttribute.a or 'x' }}", "a", "a"),
    ("{{ 'x' or userAttribute.a }}", "a", ""),
    ("{{ userAttribute.a and 'x' }}", "a", ""),
    ("{{ not userAttribute.a }}", "a", "a"),
    ("{{ userAttribute.a in ['x', userAttribute.b] }}", "a,b", "a"),
    ("{{ userAttribute.a ~ userAttribute.b }}", "a,b", ""),
    ("{{ userAttribute.a[userAttribute.b] | default('x') }}", "a,b", "a"),
    ("{% for x in userAttribute.a %}{{ x }}{% endfor %}", "a", ""),
    ("{{ userAttribute.get(1) }}{{ userAttribute.a }}", None, ""),
    ("{{ userAttribute.get('a', 'b', 'c') }}", None, ""),
    ("{{ userAttribute.get('a', default='c') }}", None, ""),
    ("{{ userAttribute }}", None, ""),
    ("{{ userAttribute[userId] }}", None, ""),
    ("{{ userAttribute.items() | list }}", None, ""),
    ("{% set all = userAttribute %}{{ all.a }}", None, ""),
]


@pytest.mark.parametrize(("template", "names", "guarded"), NAMED)
def test_a_template_names_attributes(template: str, names: str | None, guarded: str):
    named = attributes(MessageEnvironment().parse(template))

    expected = EVERYTHING if names is None else frozenset(names.split(",")) - {""}
    assert named.attributes == expected
    assert named.guarded == frozenset(guarded.split(",")) - {""}


def test_templates_together_guard_what_each_of_them_guards():
    first = Named(names=frozenset("ab"), guarded=frozenset("ab"))
    second = Named(names=frozenset("bc"), guarded=frozenset("c"), everything=True)

    both = together([first, second])

    assert both == Named(frozenset("abc"), frozenset("ac"), True)
    assert together([]) == Named()
