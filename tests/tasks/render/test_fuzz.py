"""Whatever a template and its values are: an author's mistake, a request or a reason, and no more."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks.message import Message
from blocks.mistake import AuthorMistake
from tasks.render.bounds import LONGEST
from tasks.render.environment import MessageEnvironment
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Request, Suppressed

USERS_A_CASE = 8
LONG = 200_000 // USERS_A_CASE
QUICK = 150
# What only an escape could print: the environment's secret, and what Python's objects look like.
PLANTED = "planted-in-the-environment"
ESCAPED = (PLANTED, "<class '", "<function", "<module", " object at 0x", "root:x:0:0")

ENVIRONMENT = MessageEnvironment()
FILTERS = sorted(name for name in ENVIRONMENT.filters if name.isidentifier())
TESTS = sorted(name for name in ENVIRONMENT.tests if name.isidentifier())
ATTRIBUTES = ("a", "b", "c", "d e")
UNDERSCORED = ("__class__", "__globals__", "__init__", "__mro__", "__subclasses__", "_parent")
KINDS = (str, int, float, bytes, list, dict, tuple, range, datetime, type(iter([])))
METHODS = sorted({name for kind in KINDS for name in dir(kind)} | {"cycle", "mro", "changed"})
INTERNAL = sorted(name for name in ENVIRONMENT.filters if " " in name)
PATTERNS = (
    "(a|aa)+$",
    "a(.*b)?",
    "(x+x+)+y",
    ".",
    "",
    "(",
    "[ab]{900}",
    "((a{30}){30}){30}",
    "\\\\1",
)
# Processor seconds of one recipient. What is let through takes a second or two at the most.
HANGS = 20

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["{{ userId }}", "${SECRET}", '"},{"', "a/../b", "2025-11-30", "x" * 999])
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
users = st.lists(
    st.dictionaries(st.sampled_from(ATTRIBUTES), values),
    min_size=USERS_A_CASE,
    max_size=USERS_A_CASE,
)
atoms = st.sampled_from(
    [
        *(f"userAttribute['{name}']" for name in ATTRIBUTES),
        *("userId", "now", "campaign", "value", "country", "userAttribute", "range", "dict"),
        *("namespace", "cycler", "joiner", "loop", "self", "caller", "type", "today()", "none"),
        *("0", "1", "-1", "7", "999999999", "1e308", "true", "''", "'a'", "'%9999999d'", "[]"),
        *("[1, 'b']", "{'k': 1}", '"points"', "User ID", 'Value "x"', "range(99999)", "'(a+)+$'"),
        *("'a' * 99999", "'<!--' * 9999", "')' * 9999 ~ 'x)'", "'&lt;' * 9999", "'a b' * 9999"),
        *("range(9999) | list", "[[1]] * 9999", "['a' * 99] * 9999", "'f' * 4999", "10 ** 999"),
        *("'%999999999d'", "'%.999999999f'", "'%*d'", "'%(k)999999d'", "'{:>999999999}'"),
    ]
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from((*UNDERSCORED, *METHODS))
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "or"])
    operators |= st.sampled_from([">=", "!=", "not in", "and"])
    return st.one_of(
        st.builds("{} | {}".format, inner, st.sampled_from(FILTERS)),
        st.builds("{} | {}({})".format, inner, st.sampled_from(FILTERS), inner),
        st.builds("{} | {}({}, {})".format, inner, st.sampled_from(FILTERS), inner, inner),
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("({}) is {}".format, inner, st.sampled_from(TESTS)),
        st.builds("({}).{}".format, inner, names),
        st.builds("({}).{}({})".format, inner, names, inner),
        st.builds("({})['{}']".format, inner, names),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({})({})".format, inner, inner),
        st.builds("({})[{}:{}:{}]".format, inner, inner, inner, inner),
        st.builds("({}).{}(*[{}, {}])".format, inner, names, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("({}, {})".format, inner, inner),
        st.builds("{} | map('{}')".format, inner, st.sampled_from(FILTERS + INTERNAL)),
        st.builds("{} | map('{}', {})".format, inner, st.sampled_from(FILTERS), inner),
        st.builds("{} | map(attribute='{}')".format, inner, names),
        st.builds("{} | select('{}', {})".format, inner, st.sampled_from(TESTS + INTERNAL), inner),
        st.builds("{} | reject('{}')".format, inner, st.sampled_from(TESTS)),
        st.builds("{} | regex_replace('{}', {})".format, inner, st.sampled_from(PATTERNS), inner),
        st.builds("({}) is {}({})".format, inner, st.sampled_from(TESTS), inner),
    )


expressions = st.recursive(atoms, _larger, max_leaves=6)


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{{% for x in {} %}}{}{{{{ x }}}}{{% endfor %}}".format, expressions, inner),
        st.builds("{{% for k, v in {} %}}{}{{% endfor %}}".format, expressions, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, expressions, inner, inner),
        st.builds(
            "{{% for x in {} %}}{{% cycle x, {} %}}{{% endfor %}}".format, expressions, expressions
        ),
        st.builds("{{% ifchanged {} %}}{}{{% endifchanged %}}".format, expressions, inner),
        st.builds("{{% unless {} %}}{}{{% endunless %}}".format, expressions, inner),
        st.builds("{{% set y = {} %}}{}{{{{ y }}}}".format, expressions, inner),
        st.builds("{{% macro m(x) %}}{}{{{{ m(x) }}}}{{% endmacro %}}{{{{ m(1) }}}}".format, inner),
        st.builds("{{% set z %}}{}{{% endset %}}{{{{ z }}}}{{{{ z }}}}".format, inner),
        st.builds(
            "{{% for x in {} recursive %}}{}{{{{ loop({}) }}}}{{% endfor %}}".format,
            expressions,
            inner,
            expressions | st.sampled_from(["x", "[1, 2]", "range(9999)"]),
        ),
        st.builds(
            "{{% macro m(x) %}}{}{{{{ caller() }}}}{{% endmacro %}}"
            "{{% call m({}) %}}{}{{% endcall %}}".format,
            inner,
            expressions,
            inner,
        ),
        st.builds("{{% block b scoped %}}{}{{{{ self.b() }}}}{{% endblock %}}".format, inner),
        st.builds("{{% filter {} %}}{}{{% endfilter %}}".format, st.sampled_from(FILTERS), inner),
    )


def _doubled(seed: str, larger: str, passes: int, inner: str) -> str:
    """Return a template in which `v.x` has become larger in many passes, and its parts with it."""
    start = f"{{% set v = namespace(x={seed}, y={seed}) %}}{{% for i in range({passes}) %}}"
    grow = "".join(f"{{% set v.{one} = {larger.replace('v.x', f'v.{one}')} %}}" for one in "xy")
    return f"{start}{grow}{{% endfor %}}{inner}"


doubled_atoms = st.sampled_from(["v.x", "v.y", "v.x", "v.y", "userId", "1", "'a'", "[v.x]"])
printed = st.builds("{{{{ {} }}}}".format, expressions)
printed_doubled = st.builds(
    "{{{{ {} }}}}".format, st.recursive(doubled_atoms, _larger, max_leaves=3)
)
doubled = st.builds(
    _doubled,
    expressions,
    st.sampled_from(
        [
            *("[v.x, v.x]", "(v.x, v.x)", "v.x + v.x", "v.x ~ v.x", "[v.x]", "v.x * 2"),
            *("{'k': v.x, 'l': v.x}", "v.x | list + v.x | list", "[v.x] | map('list') + [v.x]"),
        ]
    ),
    st.sampled_from([3, 12, 60, 300]),
    printed_doubled | st.recursive(printed_doubled, _around, max_leaves=2),
)
literals = st.text(max_size=8) | st.sampled_from(
    ['{"a": "', '"}', "{%", "}}", "{{", '{% skip "n" %}']
)
templates = st.recursive(printed | literals, _around, max_leaves=5) | doubled


def check(template: str, attributes: list[dict[str, object]], place: str) -> None:
    every: dict[str, dict[str, object]] = {
        "url": {"url": f"https://h.example/{template}"},
        "data": {"data": {"x": template}},
        "json": {"body": template},
        "text": {"body": template, "headers": {"Content-Type": "text/plain"}},
    }
    try:
        message = Message(**({"url": "https://h.example/"} | every[place]))
        compiled = compile_message(message, environ={"UNUSED": PLANTED}, now=0.0)
    except (AuthorMistake, ValueError):
        return
    for number, row in enumerate(attributes):
        began = time.process_time()
        request = compiled.render(Recipient(f"u-{number}", row, f"wh_{number}"))
        assert time.process_time() - began < HANGS
        assert isinstance(request, Request | Suppressed)
        if isinstance(request, Request):
            assert request.url.startswith("https://h.example/")
            assert len(request.body) <= LONGEST * 4
            told = request.url + request.body.decode()
            given_or_literal = template + repr(row)
            assert not [sign for sign in ESCAPED if sign in told and sign not in given_or_literal]
            if place in {"data", "json"}:
                json.loads(request.body)


PLACES = st.sampled_from(["url", "data", "json", "text"])
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@given(template=templates, attributes=users, place=PLACES)
@settings(max_examples=QUICK, deadline=None, suppress_health_check=SLOW_IS_FINE)
def test_templates_and_values_of_every_kind_are_rendered_or_refused(template, attributes, place):
    check(template, attributes, place)


@pytest.mark.long
@pytest.mark.timeout(3600)
@given(template=templates, attributes=users, place=PLACES)
@settings(max_examples=LONG, deadline=None, suppress_health_check=SLOW_IS_FINE, database=None)
def test_two_hundred_thousand_cases_end_in_a_request_or_a_reason(template, attributes, place):
    check(template, attributes, place)
