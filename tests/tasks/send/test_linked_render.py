"""Recipients are rendered with the answers they look up, and again with the same ones."""

import json
from collections import Counter

import httpx

from blocks.campaign_file import validate_campaign
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Suppressed
from tasks.send.linked import LinkedFetcher
from tasks.send.linked_render import MOST_STEPS, render_linked

CHAIN = "{% set n = namespace(at=0) %}{% for i in '" + "x" * 30 + "' %}"
CHAIN += "{% set n.at = linkedData.next[n.at] %}{% endfor %}{{ n.at }}"


class Counting:
    """A service that answers the number after the one in its path, and a count of who asked."""

    def __init__(self):
        self.asked = Counter()
        self.transport = httpx.MockTransport(self.answer)

    def answer(self, request):
        number = int(request.url.path.strip("/"))
        self.asked[number] += 1
        return httpx.Response(200, content=json.dumps(number + 1).encode())


def compiled(template):
    campaign = validate_campaign(
        {
            "name": "Offer",
            "users": {"source": "users.csv", "id": "user_id"},
            "message": {"url": "https://crm.example.com/", "body": template},
            "linked_data": [{"name": "next", "url": "https://next.example.com/{}"}],
        }
    )
    return compile_message(campaign.message, environ={}, now=0.0, linked_data=campaign.linked_data)


def recipients(*numbers):
    return [Recipient(str(number), {"n": number}, f"wh_{number}") for number in numbers]


async def render(template, several, service, frozen=None):
    fetcher = LinkedFetcher(service.transport, clock=lambda: 0.0, delays=())
    return await render_linked(compiled(template), several, fetcher=fetcher, frozen=frozen or {})


async def test_everybody_gets_the_answer_of_their_own_and_no_url_is_asked_twice():
    service = Counting()
    several = recipients(*range(100), *range(100))

    rendered = await render("{{ linkedData.next[userAttribute.n] }}", several, service)

    assert [one.result.body for one in rendered] == [b"%d" % (n % 100 + 1) for n in range(200)]
    assert set(service.asked.values()) == {1}


async def test_what_was_frozen_is_used_and_nothing_is_asked():
    service = Counting()
    template = "{{ linkedData.next[userAttribute.n] }}"
    (first,) = await render(template, recipients(7), service)
    service.asked.clear()

    (again,) = await render(template, recipients(7), service, {"wh_7": first.used})
    (lacking,) = await render(template, recipients(7), service, {"wh_7": {}})

    assert again == first
    assert isinstance(lacking.result, Suppressed)
    assert not service.asked


async def test_one_answer_may_lead_to_the_next_but_not_for_ever():
    service = Counting()

    (rendered,) = await render(CHAIN, recipients(1), service)

    assert isinstance(rendered.result, Suppressed)
    assert len(rendered.used) == MOST_STEPS
    assert len(service.asked) == MOST_STEPS
