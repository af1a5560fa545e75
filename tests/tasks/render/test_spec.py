"""The template language as tables: a template, a user's attributes, the text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

MARY = {
    "First name": "Mary",
    "city": "Sofia",
    "tenure": 3,
    "address": {"street": "Main", "no": None},
}

PRINTED = [
    ("plain text, no template", "plain text, no template"),
    ("{{ userAttribute['First name'] }}", "Mary"),
    ('{{ userAttribute["First name"] | upper }}', "MARY"),
    ("{{ userAttribute.city }}", "Sofia"),
    ("{{ userAttribute.get('city') }}", "Sofia"),
    ("{{ userAttribute.get('country', 'nowhere') }}", "nowhere"),
    ("{{ userAttribute['ci' ~ 'ty'] }}", "Sofia"),
    ("{{ userAttribute.address.street }}", "Main"),
    ("{{ userAttribute.address['street'] }}", "Main"),
    ("{{ userAttribute.city[0] }}{{ userAttribute.city[1:3] }}", "Sof"),
    ("{{ userAttribute.city.lower() }}", "sofia"),
    ("{{ userAttribute.tenure + 1 }}", "4"),
    ("{{ 'long' if userAttribute.tenure > 2 else 'short' }}", "long"),
    ("{% for key, value in {'a': 1}.items() %}{{ key }}{{ value }}{% endfor %}", "a1"),
    (
        "{% for c in ['x', 'y'] %}{{ loop.index }}{{ c }}{{ ', ' if not loop.last }}{% endfor %}",
        "1x, 2y",
    ),
    ("{% set city = userAttribute.city %}{{ city }}", "Sofia"),
    ("{% set userAttribute = {'city': 'Oslo'} %}{{ userAttribute.city }}", "Oslo"),
    ("{% macro hi(name) %}Hi {{ name }}{% endmacro %}{{ hi(userAttribute.city) }}", "Hi Sofia"),
    ("{{ {'items': 'mine'}.items }}", "mine"),
    ("{{ userAttribute | length }}", "4"),
    ("{% for key in userAttribute.keys() %}{{ key[0] }}{% endfor %}", "Fcta"),
    ("{{ campaign }} {{ now.year }}-{{ now.month }}", "offers 2026-1"),
    ("{{ now }}", "2026-01-01T00:00:00+00:00"),
    ("{{ now.strftime('%d.%m.%Y') }}", "01.01.2026"),
    ("{{User ID}} {{  User   ID | lower }}", "7590-VHVEG 7590-vhveg"),
    ("{{ userId }}", "7590-VHVEG"),
    ('{"a": {"b": "{{ userAttribute.city }}"}}', '{"a": {"b": "Sofia"}}'),
    ("{% raw %}{{User ID}}{% endraw %}{# {{User ID}} #} User ID", "{{User ID}} User ID"),
    (
        "{{ [1, 2] | tojson }} {{ userAttribute.address | tojson }}",
        '[1, 2] {"street": "Main", "no": null}',
    ),
    ("{{ 'é<' | tojson }}", '"é<"'),
    ("{{ now | tojson }}", '"2026-01-01T00:00:00+00:00"'),
    ("{{ userAttribute.city | urlencode }}", "Sofia"),
    ("{{ '<b>' | e }}", "&lt;b&gt;"),
    ("ends in a line break\n", "ends in a line break\n"),
]


@pytest.mark.parametrize(("template", "expected"), PRINTED)
def test_a_template_prints(text, template: str, expected: str):
    assert text(template, MARY) == expected


VALUES = [
    ("text", "text"),
    (3, "3"),
    (3.0, "3"),
    (-0.0, "0"),
    (29.85, "29.85"),
    (1e300, "1e+300"),
    (True, "true"),
    (False, "false"),
    (Decimal("1.50"), "1.50"),
    (Decimal("0E-8"), "0.00000000"),
    (Decimal("Infinity"), "Infinity"),
    ([Decimal("1.50"), [Decimal("2")]], "[1.50, [2]]"),
    (timedelta(minutes=90), "1:30:00"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (range(3), "[0, 1, 2]"),
    (date(2026, 1, 2), "2026-01-02"),
    (time(9, 30), "09:30:00"),
    (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
    ([1, "a"], "[1, 'a']"),
    ("${HOME}", "${HOME}"),
    ("{{ userId }}", "{{ userId }}"),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_a_value_is_printed_as(text, value: object, expected: str):
    assert text("{{ userAttribute.x }}", {"x": value}) == expected


@pytest.mark.parametrize(("value", "expected"), [(3.0, "n3!"), (True, "ntrue!"), ("a", "na!")])
def test_joining_with_a_tilde_prints_values_the_same_way(text, value: object, expected: str):
    assert text("{{ 'n' ~ userAttribute.x ~ '!' }}", {"x": value}) == expected


NULLS = [None, float("nan")]
RESCUED = [
    ("{{ userAttribute.x | default('there') }}", "there"),
    ("{{ userAttribute.x | d('there') }}", "there"),
    ("{{ userAttribute.x.y.z | default('there') }}", "there"),
    ("{{ userAttribute['x'][0] | default('there') }}", "there"),
    ("{{ userAttribute.get('x', 'there') }}", "there"),
    ("{{ userAttribute.x or 'there' }}", "there"),
    ("{% if userAttribute.x %}yes{% else %}no{% endif %}", "no"),
    ("{% if not userAttribute.x %}no{% endif %}", "no"),
    ("{% if userAttribute.x is defined %}yes{% else %}no{% endif %}", "no"),
    ("{% if userAttribute.x is undefined %}no{% endif %}", "no"),
    ("{% if userAttribute.x is none %}no{% endif %}", "no"),
    ("{% if userAttribute.x is not none %}yes{% else %}no{% endif %}", "no"),
    ("{% if userAttribute.x == none %}no{% endif %}", "no"),
    ("{% if userAttribute.x == 'Sofia' %}yes{% else %}no{% endif %}", "no"),
    ("{% if userAttribute.x != 'Sofia' %}other{% endif %}", "other"),
    ("{% if userAttribute.x > 3 or userAttribute.x <= 3 %}yes{% else %}no{% endif %}", "no"),
    ("{% if 3 < userAttribute.x %}yes{% else %}no{% endif %}", "no"),
    (
        "{% if 'a' in userAttribute.x or userAttribute.x in {'a': 1} %}yes{% else %}no{% endif %}",
        "no",
    ),
    ("{% if userAttribute.x in ['a'] %}yes{% else %}no{% endif %}", "no"),
]


@pytest.mark.parametrize("attributes", [{}, *({"x": null} for null in NULLS)])
@pytest.mark.parametrize(("template", "expected"), RESCUED)
def test_a_missing_value_is_rescued(
    text, template: str, expected: str, attributes: dict[str, object]
):
    assert text(template, attributes) == expected


@pytest.mark.parametrize("value", [b"bytes", [b"bytes"], {1}, object(), iter([])])
def test_what_only_python_knows_is_not_printed(text, value: object):
    assert text("{{ userAttribute.x }}", {"x": value}) == "body: TypeError in the template"


@pytest.mark.parametrize(
    "look_up",
    ["lifetimeValue['totalCoins']", "lifetimeValue.totalCoins", "lifetimeValue['total' ~ 'Coins']"],
)
def test_a_built_in_variable_that_holds_several_values_is_looked_up_either_way(text, look_up: str):
    assert text(f"{{{{ {look_up} }}}}", {"lifetimeValue": {"totalCoins": 120}}) == "120"


SUPPRESSED = [
    ("{{ userAttribute.x }}", "body: userAttribute.x is missing"),
    ("{{ userAttribute['First name'] }}", "body: userAttribute['First name'] is missing"),
    ("{{ userAttribute.get('x') }}", "body: userAttribute['x'] is missing"),
    ("{{ userAttribute.x.street }}", "body: userAttribute.x.street is missing"),
    ("{{ userAttribute.x | upper }}", "body: userAttribute.x is missing"),
    ("{{ userAttribute.x | int }}", "body: userAttribute.x is missing"),
    ("{{ userAttribute.x | length }}", "body: userAttribute.x is missing"),
    ("{{ userAttribute.x | tojson }}", "body: userAttribute.x is missing"),
    ("{{ [userAttribute.x] | tojson }}", "body: userAttribute.x is missing"),
    ("{{ 'a' ~ userAttribute.x }}", "body: userAttribute.x is missing"),
    ("{{ userAttribute.x + 1 }}", "body: userAttribute.x is missing"),
    ("{{ userAttribute.x() }}", "body: userAttribute.x is missing"),
    ("{% for y in userAttribute.x %}{% endfor %}", "body: userAttribute.x is missing"),
    (
        "{% for c in 'a' if userId %}{{ loop.previtem }}{% endfor %}",
        "body: loop.previtem is missing",
    ),
    ("{{ userAttribute[userAttribute.key] }}", "body: userAttribute[...] is missing"),
    ("{{ ([1] | list)[9] ~ userId }}", "body: (...)[9] is missing"),
    ("{{ [] | first ~ userId }}", "body: a value is missing"),
    ("{{ [userId] | map(attribute='nothing') | join }}", "body: a value is missing"),
    ("{{ userId if userId }}{{ none }}", "body: a value is missing"),
    ("{{ userAttribute.items }}", "body: userAttribute.items is missing"),
    ("{{ userId.foo }}", "body: userId.foo is missing"),
    ("{{ userId / 0 }}", "body: TypeError in the template"),
    ("{{ userId | length // 0 }}", "body: ZeroDivisionError in the template"),
    ("{{ userId.__class__ }}", "body: SecurityError in the template"),
    ("{{ userId.__class__.__mro__[1] }}", "body: SecurityError in the template"),
    ("{{ userId['__class__'] }}", "body: SecurityError in the template"),
    ("{{ now.now() ~ userId }}", "body: SecurityError in the template"),
    ("{{ now.astimezone() ~ userId }}", "body: SecurityError in the template"),
    ("{{ userAttribute.update({'a': 1}) }}", "body: SecurityError in the template"),
    (
        "{% for i in range(1000000) %}{{ userId }}{% endfor %}",
        "body: OverflowError in the template",
    ),
    ("{{ userId.upper }}", "body: userId.upper is missing"),
    ("{{ {'k': userId}.k() }}", "body: TypeError in the template"),
    ("{{ userAttribute.none.upper() }}", "body: userAttribute.none.upper is missing"),
    ("{{ cycler(userId) | tojson }}", "body: TypeError in the template"),
    ("{{ userId['upper'] | string }}", "body: userId['upper'] is missing"),
    ("{{ userId | attr('upper') | string }}", "body: a value is missing"),
    ("{{ [userId] | map(attribute='upper') | list }}", "body: a value is missing"),
    ("{{ [userAttribute.none] }}", "body: userAttribute.none is missing"),
    ("{{ [cycler(userId)] }}", "body: TypeError in the template"),
    ("{{ {'k': namespace(a=userId)} }}", "body: TypeError in the template"),
    ("{{ [joiner(userId)] }}", "body: TypeError in the template"),
    (
        "{{ range(10001) | select('odd') | list | length ~ userId }}",
        "body: OverflowError in the template",
    ),
    (
        "{{ ('x' * 10001) | batch(1) | list | length ~ userId }}",
        "body: the template does too much or writes too much",
    ),
    ("{{ (1e308 * 10 * (userId | length)) | tojson }}", "body: ValueError in the template"),
]


@pytest.mark.parametrize(("template", "reason"), SUPPRESSED)
def test_a_recipient_is_suppressed(text, template: str, reason: str):
    assert text(template, {"x": None, "key": "a secret of the user"}) == reason


def test_an_inline_if_without_else_prints_nothing_as_in_jinja(text):
    assert text("a{{ 'b' if userAttribute.x }}", {"x": False}) == "a"


def test_chance_falls_the_same_way_at_every_attempt(text):
    template = (
        "{{ [1, 2, 3, 4] | random }}{{ [1, 2, 3, 4] | random }}{{ range(9) | list | random }}"
    )

    drawn = {text(template, webhook_id=f"wh_{number}") for number in range(40)}

    assert text(template) == text(template)
    assert len(drawn) > 20


def test_nothing_can_be_drawn_from_nothing(text):
    assert text("{{ [] | random }}") == "body: a value is missing"


def test_texts_of_a_message_do_not_see_what_others_set(rendered):
    mistake = pytest.raises(Exception, match="there is no variable 'x'")

    with mistake:
        rendered(data={"a": "{% set x = userId %}{{ x }}", "b": "{{ x }}"})


def test_a_filter_makes_lists_of_up_to_ten_thousand_values(text):
    template = "{{ userAttribute.all | map('abs') | list | length }}"

    assert text(template, {"all": [1] * 10_000}) == "10000"
    assert text(template, {"all": [1] * 10_001}) == (
        "body: the template does too much or writes too much"
    )
