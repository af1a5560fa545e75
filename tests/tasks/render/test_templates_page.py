"""The template language as tables of template, attributes and text: they are docs/templates.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from blocks.message import Message
from tasks.render.environment import MessageEnvironment
from tasks.render.filters import FILTERS_OF_MESSAGES, TESTS_OF_MESSAGES
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Suppressed

PAGE = Path(__file__).parents[3] / "docs/templates.md"
MARY = {
    "First name": "Mary",
    "plan": "gold",
    "points": 1250,
    "price": 29.5,
    "joined": "2025-11-30T22:15:00+00:00",
    "tags": ["new", "vip", "new"],
    "cart": {"tea": 2, "cup": 1},
    "note": 'say "hi" & <b>go</b>',
    "empty": None,
    "country": "BG",
    "city": "Sofia",
    "appVersion": "2.10",
    "numPriorSessions": 3,
    "occurrencesOf['Purchase']": 7,
    "valueOf['Purchase']": 59.5,
    "recentOccurrencesOf['Purchase']['30']": 2,
    "lastOccurrenceOf['Purchase']": "2025-12-24T10:00:00+00:00",
}
VALUES = {"points": 40, "code": "A-1"}
PARAMETERS = {"newStatus": "silver"}

TEXTS: dict[str, list[tuple[str, str]]] = {
    "Pills": [
        ("{{User ID}}", "u-1"),
        ('{{"points"}}', "40"),
        ('{{ "none" | default(0) }}', "0"),
        ('{{Value "points"}}', "40"),
        ("{{ value['points'] }}", "40"),
        ('{{Value "code"}}!', "A-1!"),
        ("{{ parameter['newStatus'] }}", "silver"),
        ('{{Parameter "newStatus"}}', "silver"),
        ('{{User attribute "First name"}}', "Mary"),
        ("{{City}}, {{Country}}", "Sofia, BG"),
        ("{{App version}}", "2.10"),
        ("{{Number of prior sessions}}", "3"),
        ('{{Occurrences "Purchase"}}', "7"),
        ('{{Recent occurrences "Purchase" "30"}}', "2"),
        ('{{Last occurrence "Purchase"}}', "2025-12-24T10:00:00+00:00"),
        ('{{Value of "Purchase"}}', "59.5"),
        ("{{ 'points' }}", "points"),
        ('{{ "{{" }}', "{{"),
        ("User ID stays in plain text", "User ID stays in plain text"),
        ('{"a": {"b": "{{User ID}}"}}', '{"a": {"b": "u-1"}}'),
    ],
    "Variables": [
        ("{{ userAttribute['First name'] }}", "Mary"),
        ("{{ userAttribute.plan }}", "gold"),
        ("{{ userAttribute.cart.tea }}", "2"),
        ("{{ userAttribute.tags[0] }}", "new"),
        ("{{ userId }}", "u-1"),
        ("{{ country }} {{ city }}", "BG Sofia"),
        ("{{ occurrencesOf['Purchase'] }}", "7"),
        ("{{ occurrencesOf.Purchase }} {{ recentOccurrencesOf['Purchase'][30] }}", "7 2"),
        ("{{ city }} {% set city = 'Rome' %}{{ city }}", "Sofia Rome"),
        ("{% if false %}{% set city = 'Rome' %}{% endif %}{{ city }}", "Sofia"),
        ("{% set City = 'Rome' %}{{City}}", "Rome"),
        ("{{ lastOccurrenceOf['Purchase'] | date('%d %b') }}", "24 Dec"),
        ("{{ campaign }}", "offers"),
    ],
    "Statements": [
        ("{% if userAttribute.plan == 'gold' %}A{% else %}B{% endif %}", "A"),
        ("{% if false %}A{% elif userAttribute.points > 1000 %}B{% endif %}", "B"),
        ("{% if true %}yes{% endif %}", "yes"),
        ("{% unless userAttribute.empty %}none{% endunless %}", "none"),
        ("{% unless userAttribute.plan %}a{% else %}b{% endunless %}", "b"),
        (
            "{% for key, value in userAttribute.cart %}{{ key }}{{ value }} {% endfor %}",
            "tea2 cup1 ",
        ),
        ("{% for a, b in [[1, 2], [3, 4]] %}{{ a + b }} {% endfor %}", "3 7 "),
        (
            "{% for t in userAttribute.tags %}{{ loop.index }}{{ t }} {% endfor %}",
            "1new 2vip 3new ",
        ),
        ("{% for t in [5, 6] %}{{ loop.index0 }}{{ loop.revindex }} {% endfor %}", "02 11 "),
        ("{% for t in [5, 6] %}{{ loop.revindex0 }}{{ loop.length }} {% endfor %}", "12 02 "),
        ("{% for t in [5, 6] %}{% if loop.first %}{{ t }}{% endif %}{% endfor %}", "5"),
        ("{% for t in [5] %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}", "10"),
        ("{% for t in [5, 6] %}{{ loop.cycle('a', 'b') }}{% endfor %}", "ab"),
        ("{% for t in [5, 6, 7] %}{% cycle 'a', userId %}{% endfor %}", "au-1a"),
        (
            "{% for t in userAttribute.tags | sort %}{% ifchanged t %}{{ t }}:{% endifchanged %}.{% endfor %}",
            "new:..vip:.",
        ),
        ("{% for t in [5, 6] %}{{ t }}{{ '' if loop.last else ',' }}{% endfor %}", "5,6"),
        ("{% for t in [1, 2, 3] %}{% if t == 2 %}{% break %}{% endif %}{{ t }}{% endfor %}", "1"),
        (
            "{% for t in [1, 2, 3] %}{% if t == 2 %}{% continue %}{% endif %}{{ t }}{% endfor %}",
            "13",
        ),
        ("{% for t in [] %}x{% else %}nothing{% endfor %}", "nothing"),
        ("{% macro hi(who) %}Hi {{ who }}{% endmacro %}{{ hi('Mary') }}", "Hi Mary"),
        ("{% set a %}x{{ userId }}{% endset %}{{ a }}", "xu-1"),
        ("{% print userId %}", "u-1"),
        ("{% set l = [] %}{% do l %}{{ l | length }}", "0"),
        ("{% filter upper %}{{ userAttribute.plan }}{% endfilter %}", "GOLD"),
        (
            "{% macro b() %}<b>{{ caller() }}</b>{% endmacro %}{% call b() %}x{% endcall %}",
            "<b>x</b>",
        ),
        ("{% block greeting %}Hi {{ userId }}{% endblock %}", "Hi u-1"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
    "Numbers": [
        ("{{ userAttribute.points | add(5) }}", "1255"),
        ("{{ '4' | add('0.5') }}", "4.5"),
        ("{{ userAttribute.price | multiply(2) }} {{ '3' | multiply(4) }}", "59 12"),
        ("{{ userAttribute.points | divide(100) }}", "12.5"),
        ("{{ 125 | root(3) | round }}", "5"),
        ("{{ 16 | root }}", "4"),
        ("{{ 100 | log(10) }}", "2"),
        ("{{ 1 | log }}", "0"),
        ("{{ 10 | divisible(5) }}", "true"),
        ("{{ -3 | abs }}", "3"),
        ("{{ userAttribute.price | round(0, 'floor') | int }}", "29"),
        ("{{ 7 // 2 }} {{ 7 % 2 }} {{ 2 ** 8 }}", "3 1 256"),
        ("{{ 'yes' | bool }} {{ 0 | bool }}", "true false"),
        ("{{ '2.5' | float }} {{ '7' | int }} {{ 1250 | string }}", "2.5 7 1250"),
        ("{{ [1, 2.5] | sum }} {{ 2048 | filesizeformat }}", "3.5 2.0 kB"),
        ("{{ 4 is even }} {{ 4 is odd }} {{ 4 is divisibleby(3) }}", "true false false"),
        ("{{ 4 is number }} {{ 'a' is string }} {{ 4 is sameas(4) }}", "true true true"),
    ],
    "Texts": [
        ("{{ userId | reverse }} {{ [1, 2] | reverse }}", "1-u [2, 1]"),
        ("{{ 'a-b-c' | cut('-') }}", "abc"),
        ("{{ 'Sofia;Rome' | split(';') | join(' + ') }}", "Sofia + Rome"),
        ("{{ 'a b c' | split(' ', 2) | last }}", "b c"),
        ("{{ 'a-b' | replace('-', '+') }}", "a+b"),
        ("{{ 'ab' | center(6) }}|", "  ab  |"),
        ("{{ 'ab' | indent(2, true) }}", "  ab"),
        ("{{ 'x' | md5 }}", "9dd4e461268c8034f5c8564e155c67a6"),
        ("{{ 'it\\'s <b>' | escapejs }}", "it\\u0027s \\u003cb\\u003e"),
        ("{{ userAttribute.note | escapejson }}", 'say \\"hi\\" & <b>go</b>'),
        ("{{ userAttribute.note | e }}", "say &#34;hi&#34; &amp; &lt;b&gt;go&lt;/b&gt;"),
        ("{{ '&lt;b&gt;' | unescape_html }}", "<b>"),
        ("{{ 'a%20b+c' | urldecode }}", "a b c"),
        ("{{ 'It costs $300' | regex_replace('[^a-zA-Z]', '') }}", "Itcosts"),
        ("{{ '<p>Hello <b>world</b></p>' | truncatehtml(8) }}", "<p>Hello <b>wo...</b></p>"),
        ("{{ 'a <b>c</b> d' | truncatehtml(80) }}", "a <b>c</b> d"),
        ("{{ '192.0.2.1' | ipaddr }} {{ 'x' | ipaddr }}", "true false"),
        ("{{ userAttribute['First name'].upper() }}", "MARY"),
        ("{{ 'a' ~ 1.0 ~ true }}", "a1true"),
        ("{{ userAttribute.plan | capitalize }}", "Gold"),
        ("{{ 'aB' | lower }} {{ 'aB' | upper }} {{ 'a b' | title }}", "ab AB A B"),
        ("{{ ' a ' | trim }} {{ 'a b' | wordcount }} {{ 'abc' | length }}", "a 2 3"),
        ("{{ 'Hello world' | truncate(8, true, '...', 0) }}", "Hello..."),
        ("{{ '%s has %d' | format('Mary', 3) }}", "Mary has 3"),
        ("{{ '<p>a <b>b</b></p>' | striptags }} {{ 'a<b' | escape }}", "a b a&lt;b"),
        ("{{ 'a<b' | forceescape }}", "a&lt;b"),
        ("{{ {'id': 'x&y'} | xmlattr }}", ' id="x&amp;y"'),
        (
            "{{ 'see https://a.example/b' | urlize }}",
            'see <a href="https://a.example/b" rel="noopener">https://a.example/b</a>',
        ),
        ("{{ 'abc' | first }} {{ 'abc' | last }} {{ 'abc' | count }}", "a c 3"),
    ],
    "Lists": [
        ("{{ [1, 2, 3] | batch(2, 0) | list }}", "[[1, 2], [3, 0]]"),
        ("{{ [1, 2, 3] | slice(2) | list }}", "[[1, 2], [3]]"),
        ("{{ 'aa bb' | wordwrap(2) | split('\\n') | join('/') }}", "aa/bb"),
        ("{{ [1, 2] | union([2, 3]) }}", "[1, 2, 3]"),
        ("{{ [1, 2] | intersect([2, 3]) }}", "[2]"),
        ("{{ [1, 2] | difference([2, 3]) }}", "[1]"),
        ("{{ [1, 2] | symmetric_difference([2, 3]) }}", "[1, 3]"),
        ("{{ '[1, 2]' | fromjson | last }}", "2"),
        ("{{ [1, 2, 3] | select('odd') }} {{ ['a'] | map('upper') }}", "[1, 3] ['A']"),
        (
            "{{ [now, 1.5] }} {{ userAttribute.cart.keys() }}",
            "['2026-01-01T00:00:00+00:00', 1.5] ['tea', 'cup']",
        ),
        ("{{ userAttribute.tags | unique | join(',') }}", "new,vip"),
        ("{{ [1, 2, 3] | reject('odd') }} {{ [7] | random }}", "[2] 7"),
        ("{{ userAttribute.cart | dictsort }}", "[('cup', 1), ('tea', 2)]"),
        ("{{ [{'a': 1}, {'a': 0}] | selectattr('a') | map(attribute='a') }}", "[1]"),
        ("{{ [{'a': 1}, {'a': 0}] | rejectattr('a') | length }}", "1"),
        (
            "{% for kind, all in [{'k': 'a'}, {'k': 'a'}] | groupby('k') %}{{ kind }}{{ all | length }}{% endfor %}",
            "a2",
        ),
        ("{{ userAttribute.cart | attr('tea') }} {{ [1] | pprint }}", "2 [1]"),
        ("{{ 2 in [1, 2] }} {{ [1] is iterable }} {{ [1] is sequence }}", "true true true"),
        ("{{ userAttribute.cart is mapping }} {{ 'a' is mapping }}", "true false"),
        ("{{ [3, 1, 2] | shuffle | sort }}", "[1, 2, 3]"),
        ("{{ userAttribute.tags | tojson }}", '["new", "vip", "new"]'),
        (
            "{{ 'x' is string_containing('x') }} {{ 'ab' is string_startingwith('b') }}",
            "true false",
        ),
        ("{{ [1, 2] is containing(2) }} {{ [1, 2] is containing_all([2, 3]) }}", "true false"),
        ("{{ 1 is within([1, 2]) }} {{ '' is truthy }} {{ 1 is equalto(1) }}", "true false true"),
    ],
    "Dates": [
        ("{{ userAttribute.joined | date }}", "22:15 / 30-11-2025"),
        ("{{ userAttribute.joined | date('%Y-%m-%d %H:%M', 'Europe/Sofia') }}", "2025-12-01 00:15"),
        ("{{ userAttribute.joined | datetimeformat('%-m/%-d/%y 100%%') }}", "11/30/25 100%"),
        ("{{ '2025-02-03' | date('%-d %B') }}", "3 February"),
        ("{{ '2025-02-03' | date('%A, %e. %B', 'UTC', 'de') }}", "Montag,  3. Februar"),
        (
            "{{ '2025-02-03T15:00' | date('%a %h %k:%M, %l %p', 'UTC', 'fr_CA') }}",
            "lun. févr. 15:00,  3 PM",
        ),
        ("{{ 0 | date('%Y') }}", "1970"),
        ("{{ now | date('%A') }}", "Thursday"),
        ("{{ now.strftime('%d.%m.%Y') }}", "01.01.2026"),
        ("{{ (now.date()) | date('%H:%M') }}", "00:00"),
        ("{{ userAttribute.joined | between_times(now, 'days') }}", "31"),
        ("{{ now | between_times(userAttribute.joined, 'months') }}", "-1"),
        ("{{ userAttribute.joined | plus_time(2, 'weeks') | date('%d-%m') }}", "14-12"),
        ("{{ now | minus_time(1, 'months') | date('%d-%m') }}", "01-12"),
        ("{{ '2025/03/04' | strtodate('yyyy/MM/dd') | date('%d-%m') }}", "04-03"),
        (
            "{{ '2025-03-04T05:06' | strtotime(\"yyyy-MM-dd'T'HH:mm\") | unixtimestamp }}",
            "1741064760000",
        ),
    ],
    "Functions": [
        ("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}", "aba"),
        ("{{ today() | date('%d.%m.%Y') }}", "01.01.2026"),
        ("{{ datetimeformat(userAttribute.joined, '%Y') }}", "2025"),
        ("{{ truncate('Hello world', 8, true, '...', 0) }}", "Hello..."),
        ("{{ unixtimestamp(now) }}", "1767225600000"),
        ("{{ strtotime('2025-03', 'yyyy-MM') | date('%m') }}", "03"),
        ("{{ strtodate('2025', 'yyyy') | date('%Y') }}", "2025"),
        ("{{ type(userId) }} {{ type(1) }} {{ type([]) }}", "str int list"),
        (
            "{% set n = namespace(c=0) %}{% for i in range(3) %}{% set n.c = n.c + i %}{% endfor %}{{ n.c }}",
            "3",
        ),
        ("{{ range(3) | join }}", "012"),
    ],
    "Missing values, and skipping": [
        ("{{ userAttribute.empty | default('there') }}", "there"),
        ("{{ userAttribute.empty | d('there') }}", "there"),
        ("{% if userAttribute.empty is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ userAttribute.empty is none }} {{ userAttribute.plan is undefined }}", "true false"),
        ("{{ userAttribute.empty }}", "SUPPRESSED body: userAttribute.empty is missing"),
        ('{{Value "nothing"}}', "SUPPRESSED body: value['nothing'] is missing"),
        ("{{ parameter.nothing }}", "SUPPRESSED body: parameter.nothing is missing"),
        (
            '{% if country == "BG" %}{% skip "not there" %}{% endif %}',
            "SUPPRESSED skipped: not there",
        ),
        ("{% skip %}", "SUPPRESSED skipped"),
        ("{{ userId.__class__ }}", "SUPPRESSED body: SecurityError in the template"),
        (
            "{{ 'x' * 10000000 }}{{ userId }}",
            "SUPPRESSED body: the template does too much or writes too much",
        ),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ userId }}{% endfor %}{% endfor %}",
            "SUPPRESSED body: the template does too much or writes too much",
        ),
        ("{{ now | date('%s') }}{{ userId }}", "SUPPRESSED body: ValueError in the template"),
    ],
}
BODIES = [
    ('{"n": "{{ userAttribute.note }}"}', '{"n": "say \\"hi\\" & <b>go</b>"}'),
    ('{"p": {{ userAttribute.points }}}', '{"p": 1250}'),
    ('{"p": {{ userAttribute.plan }}}', '{"p": "gold"}'),
    ('{"n": {{ userAttribute.note.upper() }}}', '{"n": "SAY \\"HI\\" & <B>GO</B>"}'),
    ('{"p": {{ userAttribute.plan | tojson }}}', '{"p": "gold"}'),
    ('{"t": {{ userAttribute.tags }}}', '{"t": ["new", "vip", "new"]}'),
    ('{"d": {{ now }}}', '{"d": "2026-01-01T00:00:00+00:00"}'),
    ("{{ '{\"a\": 1}' | safe }}", '{"a": 1}'),
    (
        '{% macro m() %}{"a": "{{ userAttribute.note }}"}{% endmacro %}[{{ m() }}]',
        '[{"a": "say \\"hi\\" & <b>go</b>"}]',
    ),
    ('{% set s %}"{{ userId }}"{% endset %}[{{ s }}]', '["u-1"]'),
    (
        '{"a": {% if userAttribute.plan %}"{{ userAttribute.plan }}"{% else %}0{% endif %}}',
        '{"a": "gold"}',
    ),
    (
        '{"a": {{ userAttribute.empty | tojson | default(0) if userAttribute.empty else 1 }}}',
        '{"a": 1}',
    ),
]
URLS = [
    (
        "https://h.example/{{ userAttribute.note }}",
        "https://h.example/say%20%22hi%22%20%26%20%3Cb%3Ego%3C%2Fb%3E",
    ),
    ("https://h.example/?a={{ 'b&c=d' | safe }}", "https://h.example/?a=b&c=d"),
    ("https://h.example/?a={{ 'b&c' | urlencode }}", "https://h.example/?a=b%26c"),
    (
        'https://h.example/?a={"n":"{{ userAttribute.note }}"}',
        "https://h.example/?a=%7B%22n%22:%22say%20%5C%22hi%5C%22%20%26%20%3Cb%3Ego%3C%2Fb%3E%22%7D",
    ),
    ("https://{{ userAttribute.plan }}.example/{{ 'a/b' }}", "https://gold.example/a%2Fb"),
]
FORMS = [
    ("a={{ userAttribute.note }}", "a=say+%22hi%22+%26+%3Cb%3Ego%3C%2Fb%3E"),
    ("a={{ 'b c' | urlencode }}", "a=b%20c"),
]
# Leanplum's language; `render` and what is for writing templates of templates is left out.
FILTERS = (
    "abs add attr batch between_times bool capitalize center count cut d date datetimeformat "
    "default dictsort difference divide divisible e escape escapejs escapejson filesizeformat "
    "first float forceescape format fromjson groupby indent int intersect ipaddr join last length "
    "list log lower map md5 minus_time multiply plus_time pprint random regex_replace reject "
    "rejectattr replace reverse root round safe select selectattr shuffle slice sort split string "
    "striptags strtodate strtotime sum symmetric_difference title tojson trim truncate "
    "truncatehtml unescape_html union unique unixtimestamp upper urldecode urlencode urlize "
    "wordcount wordwrap xmlattr"
)
TESTS = (
    "containing containing_all defined divisibleby equalto even iterable mapping none number odd "
    "sameas sequence string string_containing string_startingwith truthy undefined within"
)
FUNCTIONS = "datetimeformat namespace range strtodate strtotime today truncate type unixtimestamp"
TAGS = "block break call continue cycle do filter for if ifchanged macro print raw set unless"
OF_LOOPS = "cycle depth depth0 first index index0 last length revindex revindex0"


def rendered(**fields: object) -> str:
    message = Message(**{"url": "https://h.example/", **fields})
    compiled = compile_message(message, environ={}, now=1_767_225_600.0, campaign="offers")
    request = compiled.render(Recipient("u-1", MARY, "wh_1", values=VALUES, parameters=PARAMETERS))
    if isinstance(request, Suppressed):
        return f"SUPPRESSED {request.reason}"
    return request.body.decode() if "body" in fields else request.url


def page() -> str:
    """Return docs/templates.md."""
    told = [
        "# Templates, by example",
        "",
        "Every row of this page is a test (tests/tasks/render/test_templates_page.py), which also writes",
        "the page: `make docs`. The rules behind it are in [messages.md](messages.md).",
        "",
        "The user of the examples, with id `u-1`, at 2026-01-01 00:00 UTC:",
        "",
        "```json",
        json.dumps(MARY, indent=2),
        "```",
        "",
        f"The values given to the send are `{json.dumps(VALUES)}`, the parameters of its event",
        f"`{json.dumps(PARAMETERS)}`. `SUPPRESSED` is a recipient without a request, with the reason.",
    ]
    tables = {**TEXTS, "In a JSON body": BODIES, "In the URL": URLS, "In a form body": FORMS}
    for title, rows in tables.items():
        told += ["", f"## {title}", "", "| template | result |", "|---|---|"]
        told += [f"| {_cell(template)} | {_cell(result)} |" for template, result in rows]
    return "\n".join(told) + "\n"


def _cell(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


@pytest.mark.parametrize(("template", "result"), [row for rows in TEXTS.values() for row in rows])
def test_a_template_writes(template: str, result: str):
    assert rendered(headers={"Content-Type": "text/plain"}, body=template) == result


@pytest.mark.parametrize(("template", "result"), BODIES)
def test_values_in_json_are_told_apart_from_json(template: str, result: str):
    assert rendered(body=template) == result


@pytest.mark.parametrize(("template", "result"), URLS)
def test_values_in_a_url_are_percent_encoded(template: str, result: str):
    assert rendered(url=template) == result


@pytest.mark.parametrize(("template", "result"), FORMS)
def test_values_in_a_form_are_encoded(template: str, result: str):
    form = "application/x-www-form-urlencoded"

    assert rendered(body=template, content_type=form) == result


def test_the_page_is_as_the_tables_are():
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: make docs"


def test_every_filter_and_test_of_our_own_has_an_example():
    told = page()

    assert [name for name in (*FILTERS_OF_MESSAGES, *TESTS_OF_MESSAGES) if name not in told] == []


def test_all_of_the_language_has_an_example():
    tables = [*TEXTS.values(), BODIES, URLS]
    templates = "\n".join(template for rows in tables for template, _ in rows)

    def without(words: str, pattern: str) -> list[str]:
        return [word for word in words.split() if not re.search(pattern % word, templates)]

    assert without(FILTERS, r"\|\s*%s\b") == []
    assert without(TESTS, r"\bis %s\b") == []
    assert without(FUNCTIONS, r"\b%s\(") == []
    assert without(TAGS, r"\{%%\s*%s\b") == []
    assert without(OF_LOOPS, r"\bloop\.%s\b") == []


def test_there_are_a_hundred_examples():
    assert sum(map(len, TEXTS.values())) >= 100
    assert MessageEnvironment().filters.keys() >= FILTERS_OF_MESSAGES.keys()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
