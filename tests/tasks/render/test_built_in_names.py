"""A name that a template sets is its own from there on; before, it is the built-in variable."""

import pytest

from tasks.render.built_in_names import undeclared
from tasks.render.environment import MessageEnvironment
from tasks.render.variables import attributes

USER = {
    "city": "Sofia",
    "cities": ["Oslo", "Rome"],
    "yes": True,
    "no": False,
    "valueOf['Purchase']": 59,
}
SET = "{% set city = 'Rome' %}"

PRINTED = [
    ("{{ city }}" + SET + "{{ city }}", "SofiaRome"),
    ("{% if userAttribute.no %}" + SET + "{% endif %}{{ city }}", "Sofia"),
    ("{% if userAttribute.yes %}" + SET + "{% endif %}{{ city }}", "Rome"),
    ("{% if userAttribute.yes %}{{ city }}{% else %}" + SET + "{% endif %}", "Sofia"),
    ("x{{ city }}{% if userAttribute.no %}{% set City = 1 %}{% endif %}{{ City }}", "xSofiaSofia"),
    ("{% for city in userAttribute.cities %}{{ city }}{% endfor %}{{ city }}", "OsloRomeSofia"),
    ("{% for x in [1, 2] %}{{ city }}" + SET + "{% endfor %}{{ city }}", "SofiaSofiaSofia"),
    ("{% macro m(city) %}{{ city }}{% endmacro %}{{ m('Oslo') }}{{ city }}", "OsloSofia"),
    ("{% set city = city | upper %}{{ city }}", "SOFIA"),
    ("{% set city %}In {{ city }}{% endset %}{{ city }}", "In Sofia"),
    ("{{ valueOf.Purchase }}{% set valueOf = {'Purchase': 1} %}{{ valueOf.Purchase }}", "591"),
]


@pytest.mark.parametrize(("template", "printed"), PRINTED)
def test_a_template_prints(text, template: str, printed: str):
    assert text(template, USER) == printed


def test_one_field_sets_nothing_for_another(rendered):
    request = rendered(USER, data={"a": SET + "{{ city }}", "b": "{{ city }}"})

    assert request.body == b'{"a":"Rome","b":"Sofia"}'


def test_the_literal_text_of_a_url_stays_its_host(rendered):
    conditional = "{% if userAttribute.no %}" + SET + "{% endif %}{{ city }}"

    assert rendered(USER, url=f"https://h.example/{conditional}").url == "https://h.example/Sofia"


@pytest.mark.parametrize(
    ("template", "names", "guarded"),
    [
        (SET + "{{ city }}", set(), set()),
        ("{{ city }}" + SET, {"city"}, set()),
        ("{{ city | d('') }}" + SET, {"city"}, {"city"}),
        ("{% if 1 %}" + SET + "{% endif %}{{ city }}", {"town"}, {"town"}),
    ],
)
def test_a_column_is_needed_where_the_name_may_not_be_set(template: str, names: set, guarded: set):
    columns = {"city": "town"} if "town" in names else {}

    named = attributes(MessageEnvironment(columns).parse(template))

    assert (set(named.names), set(named.guarded)) == (names, guarded)


def test_a_template_that_cannot_be_compiled_leaves_nothing_undeclared():
    environment = MessageEnvironment()
    template = environment.parse("{% set city = x | upper %}{{ city | nothing }}")

    assert undeclared(template, environment) == set()
