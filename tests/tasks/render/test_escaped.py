"""What templates print is escaped by where they print it, also what their own parts wrote."""

import json
from decimal import Decimal

import pytest

from tasks.render.request import Suppressed

FORM = "application/x-www-form-urlencoded"
USER = {
    "name": 'Bob "B"',
    "breaks": '", "admin": "yes',
    "list": ", 5, ",
    "price": Decimal("0.10"),
    "data": b"\x00",
}
NAME = "{{ userAttribute.name }}"
LIST = "{{ userAttribute.list }}"

JSON = [
    # A set block, a macro and a call are texts between quotes and for filters ...
    ("{% set x %}Hi " + LIST + '{% endset %}["{{ x }}"]', ["Hi , 5, "]),
    ("{% set x %}Hi " + NAME + '{% endset %}{"a": "{{ x }}"}', {"a": 'Hi Bob "B"'}),
    ("{% set x %}Hi " + NAME + "{% endset %}[{{ x | tojson }}]", ['Hi Bob "B"']),
    ("{% set x %}Hi " + NAME + "{% endset %}{% set y = x %}[{{ y }}]", ['Hi Bob "B"']),
    ("{% set x | upper %}Hi " + NAME + "{% endset %}[{{ x }}]", ['HI BOB "B"']),
    ("{% set n = namespace() %}{% set n.x %}" + NAME + "{% endset %}[{{ n.x }}]", ['Bob "B"']),
    ("{% macro m() %}Hi " + LIST + '{% endmacro %}["{{ m() }}"]', ["Hi , 5, "]),
    ("{% macro m() %}Hi " + NAME + "{% endmacro %}{% set f = m %}[{{ f() }}]", ['Hi Bob "B"']),
    ("{% macro m() %}" + NAME + "{% endmacro %}[{{ m() | tojson }}]", ['Bob "B"']),
    (
        '{% macro m() %}<{{ caller() }}>{% endmacro %}["{% call m() %}' + LIST + '{% endcall %}"]',
        ["<, 5, >"],
    ),
    ("{% set m %}{% endset %}{% macro m() %}" + NAME + "{% endmacro %}[{{ m() }}]", ['Bob "B"']),
    (
        "{% macro f() %}{{ caller() }}{% endmacro %}{% macro g(f) %}[{% call f() %}"
        + NAME
        + "{% endcall %}]{% endmacro %}{{ g(f) }}",
        ['Bob "B"'],
    ),
    ('["{% filter upper %}' + NAME + '{% endfilter %}"]', ['BOB "B"']),
    ("[{% filter tojson %}" + NAME + "{% endfilter %}]", ['Bob "B"']),
    # ... and JSON outside of quotes, whatever leads there.
    ("{% set x %}[" + NAME + "]{% endset %}[{{ x }}]", [['Bob "B"']]),
    ('{% set x %}["' + NAME + '"]{% endset %}[{{ x | default(0) }}]', [['Bob "B"']]),
    ("{% set x %}[" + NAME + "]{% endset %}[{{ x if userId else 0 }}]", [['Bob "B"']]),
    ("{% set x %}[" + NAME + ']{% endset %}[{{ x }}, "{{ x }}"]', [['Bob "B"'], '["Bob \\"B\\""]']),
    ("{% macro m() %}[" + NAME + "]{% endmacro %}[{{ m() }}]", [['Bob "B"']]),
    ("{% macro m() %}[" + NAME + "]{% endmacro %}[{{ m() | d(0) }}]", [['Bob "B"']]),
    (
        "{% macro a() %}[" + NAME + "]{% endmacro %}"
        "{% macro b() %}[{{ a() }}]{% endmacro %}{{ b() }}",
        [['Bob "B"']],
    ),
    (
        "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}" + NAME + "{% endcall %}",
        ['Bob "B"'],
    ),
    ("{% filter trim %} [" + NAME + "] {% endfilter %}", ['Bob "B"']),
    # A value never counts as JSON, whatever else has its name.
    ("{% set x %}1{% endset %}[{{ x }}]", [1]),
    ("{% set x %}1{% endset %}{% set x = userAttribute.list %}[{{ x }}]", [", 5, "]),
    (
        "{% macro m(x) %}[{{ x }}]{% endmacro %}{% set x %}1{% endset %}[{{ x }}, {{ m(', 5') }}]",
        [1, [", 5"]],
    ),
]


@pytest.mark.parametrize(("template", "value"), JSON)
def test_in_json_it_is(rendered, template, value):
    request = rendered(USER, body=template)

    assert not isinstance(request, Suppressed), request
    assert json.loads(request.body) == value


@pytest.mark.parametrize(
    "template",
    [
        "{% set x %}" + "{{ userAttribute.breaks }}" + '{% endset %}{"a": "{{ x }}"}',
        "{% macro x() %}" + "{{ userAttribute.breaks }}" + '{% endmacro %}{"a": "{{ x() }}"}',
    ],
)
def test_no_value_becomes_structure(rendered, template):
    assert json.loads(rendered(USER, body=template).body) == {"a": '", "admin": "yes'}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% set x %}" + NAME + "{% endset %}a={{ x }}", b"a=Bob+%22B%22"),
        ("{% macro m() %}" + NAME + "{% endmacro %}a={{ m() }}", b"a=Bob+%22B%22"),
        (
            "{% macro m() %}{{ caller() }}{% endmacro %}a={% call m() %}" + NAME + "{% endcall %}",
            b"a=Bob+%22B%22",
        ),
        ("a={% filter urlencode %}" + NAME + "{% endfilter %}", b"a=Bob%20%22B%22"),
        ("{% filter trim %} a=" + NAME + "{% endfilter %}", b"a=Bob+%22B%22"),
    ],
)
def test_a_form_is_encoded_once(rendered, template, text):
    assert rendered(USER, headers={"Content-Type": FORM}, body=template).body == text


def test_a_url_is_encoded_once(rendered):
    url = "https://h.example/?a={% set x %}" + NAME + "{% endset %}{{ x }}"

    assert rendered(USER, url=url).url == "https://h.example/?a=Bob%20%22B%22"


def test_decimal_numbers_stay_numbers_with_all_their_digits(rendered):
    price = "userAttribute.price"
    body = (
        f'[{{{{ {price} }}}}, {{{{ {price} | tojson }}}}, {{{{ [{price}] }}}}, "{{{{ {price} }}}}"]'
    )

    assert rendered(USER, body=body).body == b'[0.10, 0.10, [0.10], "0.10"]'
