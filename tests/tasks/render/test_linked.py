"""Linked data: what templates look up in it, and what has to be fetched for that."""

from collections.abc import Mapping
from typing import Any

import pytest

from blocks.campaign_file import validate_campaign
from blocks.mistake import AuthorMistake
from tasks.render.linked import NoAnswers, asked, used
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Suppressed

START = 1_767_225_600.0
QUOTES = {"name": "quotes", "url": "https://quotes.example.com/v1/{}.json"}
MENU = {"name": "menu", "url": "https://menu.example.com/today"}
PLAN = {"name": "plan", "url": "https://plans.example.com/{{ userAttribute.plan }}"}
CITY = {"name": "city", "url": "https://cities.example.com/{{ userAttribute.Favorite }}"}
RANGE = {"name": "range", "url": "https://rates.example.com/{}/to/{}"}


class Rendering:
    """A message rendered for Ada, and what it asks for on the way."""

    def __init__(self, template: str, linked_data: list[dict[str, Any]]) -> None:
        campaign = validate_campaign(
            {
                "name": "Offer",
                "users": {"source": "users.csv", "id": "user_id"},
                "message": {"url": "https://crm.example.com/", "data": {"x": template}},
                "linked_data": linked_data,
            }
        )
        self.message = compile_message(
            campaign.message,
            environ={"TOKEN": "hush-hush"},
            now=START,
            linked_data=campaign.linked_data,
        )

    def render(self, attributes: Mapping[str, Any], answers: Mapping[str, Any]) -> Any:
        """Render with the answers by their URLs; return the text or reason, and URLs asked for."""
        bare = Recipient("ada", attributes, "wh_1")
        keys: dict[str, Any] = {}
        while True:
            view = self.message.linked.view(bare, keys)
            request = self.message.render(Recipient("ada", attributes, "wh_1", linked=view))
            wanted = {one.key: answers[one.url] for one in asked(view) if one.url in answers}
            if not wanted:
                self.used = used(view)
                self.asked = [one.url for one in asked(view)]
                return request.reason if isinstance(request, Suppressed) else request.body.decode()
            keys |= wanted


@pytest.mark.parametrize(
    ("template", "source", "url", "answer", "text"),
    [
        ("{{ linkedData.menu.soup }}", MENU, "https://menu.example.com/today",
         {"soup": "leek"}, "leek"),
        ("{% for one in linkedData.menu %}{{ one }},{% endfor %}", MENU,
         "https://menu.example.com/today", ["a", "b"], "a,b,"),
        ("{{ linkedData.plan.price }}", PLAN, "https://plans.example.com/pro", {"price": 9.5},
         "9.5"),
        ("{{ linkedData.city.mayor }}", CITY, "https://cities.example.com/A%2FC%20ME",
         {"mayor": "Zoë"}, "Zoë"),
        ("{{ [linkedData, linkedData.menu, linkedData['menu']] | length }}", MENU,
         "https://menu.example.com/today", 1, "3"),
        ("{{ linkedData.quotes[userAttribute['Favorite']]['data'][0][4] }}", QUOTES,
         "https://quotes.example.com/v1/A%2FC%20ME.json", {"data": [[1, 2, 3, 4, 77]]}, "77"),
        ("{{ linkedData['quotes']['X'] }}", QUOTES, "https://quotes.example.com/v1/X.json",
         "whole", "whole"),
        ("{{ linkedData.quotes.X }}", QUOTES, "https://quotes.example.com/v1/X.json", 3, "3"),
        ("{{ linkedData.range[1.0][true].rate }}", RANGE, "https://rates.example.com/1/to/true",
         {"rate": 2}, "2"),
        ("{% set key = 'Y' %}{% if linkedData.quotes[key] %}yes{% endif %}", QUOTES,
         "https://quotes.example.com/v1/Y.json", [0], "yes"),
        ("{% if 'quotes' in linkedData and linkedData.quotes %}{{ linkedData.quotes.Z }}"
         "{% endif %}", QUOTES, "https://quotes.example.com/v1/Z.json", "z", "z"),
    ],
)  # fmt: skip
def test_templates_see_the_answer_as_plain_values(template, source, url, answer, text):
    rendering = Rendering(template, [source])

    body = rendering.render({"plan": "pro", "Favorite": "A/C ME"}, {url: answer})

    assert body == f'{{"x":"{text}"}}'
    assert list(rendering.used.values()) == [answer]


def test_only_what_is_looked_up_is_asked_for():
    rendering = Rendering(
        "{% if userAttribute.vip %}{{ linkedData.menu.soup }}{% else %}-{% endif %}", [MENU, PLAN]
    )

    assert rendering.render({"vip": False, "plan": "pro"}, {}) == '{"x":"-"}'
    assert rendering.asked == []


def test_what_is_not_at_hand_is_asked_for_by_its_url():
    rendering = Rendering("{{ linkedData.menu.soup }}", [MENU])

    rendering.render({}, {})

    assert rendering.asked == ["https://menu.example.com/today"]


def test_linked_data_inside_a_list_prints_the_same_words_every_time():
    rendering = Rendering("{{ [linkedData, linkedData.quotes] }}", [QUOTES])

    assert rendering.render({}, {}) == '{"x":"[linked data, linked data]"}'


def test_an_answer_may_lead_to_the_next_one():
    rendering = Rendering("{{ linkedData.quotes[linkedData.menu.today].price }}", [MENU, QUOTES])

    body = rendering.render(
        {},
        {
            "https://menu.example.com/today": {"today": "leek"},
            "https://quotes.example.com/v1/leek.json": {"price": 4},
        },
    )

    assert body == '{"x":"4"}'
    assert len(rendering.used) == 2


@pytest.mark.parametrize(
    ("template", "source", "reason"),
    [
        ("{{ linkedData.menu.soup }}", MENU, "data.x: linkedData.menu.soup is missing"),
        ("{{ linkedData.menu }}", MENU, "data.x: linkedData.menu is missing"),
        ("{{ linkedData.quotes[userAttribute.none] }}", QUOTES,
         "data.x: linkedData.quotes[...] is missing"),
        ("{{ linkedData.quotes[linkedData] }}", QUOTES,
         "data.x: linkedData.quotes[...] is missing"),
        ("{{ linkedData.quotes }}", QUOTES, "data.x: TypeError in the template"),
        ("{{ linkedData }}", QUOTES, "data.x: TypeError in the template"),
        ("{% for x in linkedData.quotes %}{% endfor %}", QUOTES,
         "data.x: TypeError in the template"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_suppresses_the_recipient(template, source, reason):
    rendering = Rendering(template, [source])

    told = rendering.render({}, {"https://menu.example.com/today": None})

    assert told == reason


@pytest.mark.parametrize(
    ("plan", "answers"),
    [
        ("pro", {"https://plans.example.com/pro": None}),
        (None, {}),
        ("\x00", {}),
        ("\x00/..", {}),
    ],
)
def test_the_default_stands_for_an_answer_that_never_came(plan, answers):
    unescaped = PLAN | {"url": "https://plans.example.com/{{ userAttribute.plan | safe }}"}
    rendering = Rendering("{{ linkedData.plan.price }}", [unescaped | {"default": {"price": "?"}}])

    assert rendering.render({"plan": plan}, answers) == '{"x":"?"}'


def test_a_message_that_names_no_linked_data_has_none():
    assert Rendering("{{ userAttribute.plan }}", [MENU]).message.linked is None


def test_the_columns_of_a_url_are_those_of_the_message():
    message = Rendering("{{ linkedData.plan.price }}", [PLAN]).message

    assert message.attributes == frozenset({"plan"})
    (fault,) = message.faults_against(["plant"])
    assert str(fault) == (
        "linked_data.0.url: 'plan' is not a column of the user table (did you mean 'plant'?)"
    )


@pytest.mark.parametrize(
    ("linked_data", "template", "told"),
    [
        ([MENU], "{{ linkedData.menue.x }}",
         "message.data.x: there is no linked data 'menue' (did you mean 'menu'?)"),
        ([], "{{ linkedData['menu'] }}",
         "message.data.x: there is no linked data 'menu' "
         "(name it under linked_data, with its URL)"),
        ([{"name": "a", "url": "https://x.example/{{ nope }}"}], "-",
         "linked_data.0.url: there is no variable 'nope' "
         "(an attribute is written userAttribute['nope'])"),
        ([MENU, {"name": "a", "url": "https://x.example/${NONE}"}], "-",
         "linked_data.1.url: the environment variable NONE is not set"),
        ([{"name": "a", "url": "https://x.example/../b"}], "-",
         "linked_data.0.url: a segment of the path is '.' or '..', for every recipient"),
        ([MENU | {"headers": {"X-Key": "${NONE}"}}], "-",
         "linked_data.0.headers.X-Key: the environment variable NONE is not set"),
        ([MENU | {"headers": {"X-Key": "ü"}}], "-",
         "linked_data.0.headers.X-Key: not ASCII, for every recipient"),
    ],
)  # fmt: skip
def test_the_authors_mistakes_are_told_before_the_first_send(linked_data, template, told):
    with pytest.raises(AuthorMistake) as mistake:
        Rendering(template, linked_data)

    assert str(mistake.value) == told


def test_a_look_up_by_a_computed_name_and_a_text_that_does_not_parse_are_told_elsewhere():
    assert Rendering("{{ linkedData[userAttribute.which] }}", [MENU]).message.linked is not None
    with pytest.raises(AuthorMistake, match="line 1"):
        Rendering("{{ linkedData. }}", [MENU])


def test_headers_carry_secrets_and_say_what_is_expected():
    rendering = Rendering(
        "{{ linkedData.menu.x }}",
        [MENU | {"headers": {"Authorization": "Bearer ${TOKEN}", "user-agent": "Us"}}],
    )

    source = rendering.message.linked.sources["menu"]
    assert source.headers == (
        ("Accept", "application/json"),
        ("Authorization", "Bearer hush-hush"),
        ("user-agent", "Us"),
    )
    assert "hush" not in repr(source)


def test_templates_reach_nothing_behind_the_look_ups():
    rendering = Rendering(
        "{{ linkedData | attr('_sources') is defined }}{{ linkedData.quotes._view is defined }}"
        "{{ linkedData.menu._x is defined }}",
        [MENU, QUOTES],
    )

    body = rendering.render(
        {},
        {
            "https://menu.example.com/today": None,
            "https://quotes.example.com/v1/_view.json": None,
        },
    )

    assert body == '{"x":"falsefalsefalse"}'


def test_two_views_are_the_same_only_if_they_are_one():
    message = Rendering("{{ linkedData.menu }}", [MENU, QUOTES]).message
    view = message.linked.view(Recipient("ada", {}, "wh_1"), {})

    assert view == view
    assert view["quotes"] != view["quotes"]
    assert len({view, view["quotes"]}) == 2
    assert (list(view), len(view)) == (["menu", "quotes"], 2)


def test_where_nothing_is_fetched_every_answer_is_at_hand_and_null():
    nothing = NoAnswers()

    assert ("any" in nothing, nothing["any"], list(nothing), len(nothing)) == (True, None, [], 0)
