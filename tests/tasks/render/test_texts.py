"""Filters of texts take values as messages print them; what only Python knows is never printed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

USER = {
    "whole": 5.0,
    "yes": True,
    "when": datetime(2026, 1, 2, tzinfo=UTC),
    "money": Decimal("1.50"),
    "list": [1.0, True],
    "map": {"a": 1},
}

PRINTED = [
    ("{{ userAttribute.whole | string }} {{ userAttribute.yes | upper }}", "5 TRUE"),
    ("{{ userAttribute.when | replace('T', ' ') }}", "2026-01-02 00:00:00+00:00"),
    ("{{ userAttribute.money | truncate(3, true, '', 0) }}", "1.5"),
    ("{{ userAttribute.list | join('+') }}", "1+true"),
    ("{{ [userAttribute.map] | join('', attribute='a') }}", "1"),
    ("{{ 'ab' | join(1.0) }}", "a1b"),
    ("{{ userAttribute.list | string }} {{ [1.5] | pprint }}", "[1.0, True] [1.5]"),
    ("{{ [userAttribute.money, now] | pprint }}", "[1.50, '2026-01-01T00:00:00+00:00']"),
    ("{{ userAttribute.map.keys() | string }} {{ range(2) | string }}", "['a'] [0, 1]"),
    ("{{ userAttribute.map | urlencode }} {{ [['b', 2]] | urlencode }}", "a=1 b=2"),
    ("{{ userAttribute.whole | urlencode }} {{ {'a': true} | urlencode }}", "5 a=true"),
    ("{{ {'a': true, 'b': none, 'c': userAttribute.x} | xmlattr }}", ' a="true"'),
    ("{{ '%s %s' | format(userAttribute.yes, userAttribute.whole) }}", "true 5.0"),
    ("{{ '%d %.1f' | format(userAttribute.whole, userAttribute.money) }}", "5 1.5"),
    ("{{ '%s' % now.date() }} {{ '%(a)s' % {'a': true} }} {{ 7 % 4 }}", "2026-01-01 true 3"),
    ("{{ '%s-%s' % (1, userAttribute.yes) }}", "1-true"),
]


@pytest.mark.parametrize(("template", "printed"), PRINTED)
def test_a_template_prints(text, template: str, printed: str):
    assert text(template, USER) == printed


FILTERS = ["string", "upper", "pprint", "join", "list | string", "replace('a', 'b')", "md5", "safe"]


@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("value", ["[m]", "[cycler('a')]", "[namespace()]", "[joiner()]", "[loop]"])
def test_code_is_printed_by_no_filter(text, filter_: str, value: str):
    template = (
        "{% macro m() %}{% endmacro %}{% for one in [userId] %}"
        f"{{{{ {value} | {filter_} }}}}{{% endfor %}}"
    )

    assert text(template) == "body: TypeError in the template"


@pytest.mark.parametrize("filter_", ["xmlattr", "urlencode"])
def test_code_is_no_value_of_a_pair(text, filter_: str):
    template = f"{{{{ {{'a': cycler(userId)}} | {filter_} }}}}"

    assert text(template) == "body: TypeError in the template"


@pytest.mark.parametrize("filter_", [*FILTERS, "tojson"])
def test_what_is_missing_is_printed_by_no_filter_in_a_list_either(text, filter_: str):
    template = f"{{{{ [userAttribute.x] | {filter_} }}}}"

    assert text(template) == "body: userAttribute.x is missing"


@pytest.mark.parametrize("values", ["[userAttribute.x]", "userAttribute.x", "(1, userAttribute.x)"])
def test_what_is_missing_is_put_into_no_text(text, values: str):
    assert text(f"{{{{ '%s' % {values} }}}}") == "body: userAttribute.x is missing"
