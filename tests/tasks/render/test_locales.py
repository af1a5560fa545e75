"""A message may say something else in some languages; everybody else gets what it says itself."""

import json

import pytest

from blocks.linked_data import LinkedData
from blocks.message import Message
from blocks.mistake import AuthorMistake
from tasks.render.locales import tags_of
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Suppressed

HELLO = {
    "url": "https://crm.example.com/{{User ID}}",
    "headers": {"Accept-Language": "en", "X-Campaign": "hello"},
    "data": {"text": "Hello {{ userAttribute.name }}", "from": "Example"},
    "locales": {
        "de": {"data": {"text": "Hallo {{ userAttribute.name }}"}},
        "de-AT": {"data": {"text": "Servus {{ userAttribute.name }}"}},
        "fr": {"url": "https://fr.example.com/", "headers": {"accept-language": "fr"}},
        "ja": {"body": '{"text": "{{ userAttribute.nickname }} さん"}'},
    },
}


def compiled(message=HELLO, **given):
    return compile_message(Message(**message), environ={}, now=0.0, **given)


def sent(message=HELLO, **attributes):
    return compiled(message).render(Recipient("ada", {"name": "Ada", **attributes}, "wh_1"))


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"locale": "de-AT"}, "Servus Ada"),
        ({"locale": "de_at.UTF-8"}, "Servus Ada"),
        ({"locale": "de-CH"}, "Hallo Ada"),
        ({"locale": "DE"}, "Hallo Ada"),
        ({"locale": "de-AT-1996"}, "Servus Ada"),
        ({"locale": "nl-BE", "language": "de"}, "Hallo Ada"),
        ({"locale": None, "language": "de"}, "Hallo Ada"),
        ({"language": "de"}, "Hallo Ada"),
        ({"locale": "nl"}, "Hello Ada"),
        ({"locale": ""}, "Hello Ada"),
        ({"locale": 7}, "Hello Ada"),
        ({"locale": ["de"]}, "Hello Ada"),
        ({}, "Hello Ada"),
    ],
)
def test_the_most_exact_variant_is_taken_then_the_language_then_the_message(attributes, text):
    assert json.loads(sent(**attributes).body) == {"text": text, "from": "Example"}


def test_a_field_whose_name_holds_a_colon_is_told_whole():
    message = HELLO | {"locales": {"de": {"data": {"a: b": "{{ userAttribute.nickname }}"}}}}

    suppressed = sent(message, locale="de")

    assert suppressed == Suppressed("locales.de.data.a: b: userAttribute.nickname is missing")
    assert suppressed.field == "locales.de.data.a: b"


def test_what_a_variant_leaves_out_is_as_in_the_message():
    request = sent(locale="fr")

    assert request.url == "https://fr.example.com/"
    assert dict(request.headers)["accept-language"] == "fr"
    assert dict(request.headers)["X-Campaign"] == "hello"
    assert json.loads(request.body)["text"] == "Hello Ada"


def test_a_body_stands_in_place_of_data_and_data_in_place_of_a_body():
    message = {"url": "https://a.example/", "body": "[1]", "locales": {"de": {"data": {"a": "b"}}}}

    assert json.loads(sent(locale="ja", nickname="エイダ").body) == {"text": "エイダ さん"}
    assert sent(message, locale="de").body == b'{"a":"b"}'


def test_a_reason_names_the_variant_only_if_the_text_is_its_own():
    assert sent(locale="ja") == Suppressed("locales.ja.body: userAttribute.nickname is missing")
    assert sent(locale="fr", name=None) == Suppressed("data.text: userAttribute.name is missing")


def test_the_columns_of_all_variants_are_read_and_those_that_tell_the_language():
    message = compiled()

    assert message.attributes == {"name", "nickname", "locale", "language"}
    assert message.faults_against({"name", "nickname", "language"}) == ()
    assert [str(one) for one in message.faults_against({"name", "locale"})] == [
        "message.locales.ja.body: 'nickname' is not a column of the user table "
        "(did you mean 'name'?)",
    ]


def test_a_table_that_tells_no_language_is_a_mistake():
    assert [str(one) for one in compiled().faults_against({"name", "nickname"})] == [
        "message.locales: the user table has no column 'locale' or 'language' to choose by "
        "(name it under users: properties: {locale: ...})",
    ]


def test_other_columns_may_tell_the_language():
    message = compiled(built_in={"locale": "lang code"})

    request = message.render(Recipient("ada", {"name": "Ada", "lang code": "de"}, "wh_1"))

    assert json.loads(request.body)["text"] == "Hallo Ada"


def test_mistakes_of_all_variants_are_told_together_and_each_once():
    wrong = {
        "url": "https://a.example/",
        "data": {"text": "{{ nope }}", "more": "x"},
        "locales": {
            "de": {"data": {"more": "{{ userId | uper }}"}},
            "fr": {"url": "https://b.example/{{ userId", "headers": {"X-A": "{{ 1 | x }}"}},
        },
    }

    with pytest.raises(AuthorMistake) as caught:
        compiled(wrong)

    assert [fault.field for fault in caught.value.faults] == [
        "message.data.text",
        "message.locales.de.data.more",
        "message.locales.fr.url",
        "message.locales.fr.headers.X-A",
    ]


def test_a_mistake_in_a_variant_alone_is_enough():
    with pytest.raises(
        AuthorMistake, match=r"locales.de.body: line 1, column 8: there is no filter"
    ):
        compiled({"url": "https://a.example/", "locales": {"de": {"body": "{{ 1 | x }}"}}})


@pytest.mark.parametrize(
    ("url", "locales", "one", "fixed"),
    [
        ("https://a.example/{{ userId }}", {"url": "https://a.example/de"}, True, True),
        ("https://a.example/", {"url": "https://de.example/"}, False, True),
        ("https://a.example/", {"url": "https://{{ userId }}.example/"}, False, False),
        ("https://{{ userId }}.example/", {"data": {"a": "b"}}, False, False),
    ],
)
def test_hosts_are_those_of_all_variants(url, locales, one, fixed):
    message = compiled({"url": url, "locales": {"de": locales}})

    assert (message.one_host, message.fixed_host) == (one, fixed)


def test_linked_data_may_be_looked_up_in_one_language_only():
    menu = LinkedData(name="menu", url="https://menu.example.com/{{ userAttribute.town }}")
    soup = {"data": {"soup": "{{ linkedData.menu.soup | default('none') }}"}}

    message = compiled({"url": "https://a.example/", "locales": {"de": soup}}, linked_data=[menu])

    assert message.linked is not None
    assert message.attributes == {"town", "locale", "language"}
    view = message.linked.view(Recipient("ada", {"town": "x"}, "wh_1"), {})
    told = message.render(Recipient("ada", {"locale": "de"}, "wh_1", linked=view))
    assert told.body == b'{"soup":"none"}'


def test_tags_go_from_the_most_exact_to_the_language():
    assert tags_of("zh_Hant_TW") == ("zh-hant-tw", "zh-hant", "zh")
