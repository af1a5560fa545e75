"""How fast a message is rendered, against bare Jinja templates that print the same three fields."""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable

from jinja2 import Environment

from blocks.message import Message
from tasks.render.message import compile_message
from tasks.render.request import Recipient, Request

# The fields are written both ways round: what ours prints, plain Jinja prints, too.
URL = "https://crm.example.com/customers/{{ userId }}/offers"
FIRST_NAME = "{{ userAttribute['First name'] | default('there') }}"
MONTHS = "{{ userAttribute.tenure }}"


def figures(quick: bool) -> dict[str, float]:
    """Return `render_vs_jinja` (1 is as fast as bare Jinja, more is faster) and microseconds each.

    Inside the clock: for ours the whole request (URL, headers, JSON bytes), for bare Jinja three
    `template.render` calls with the same attributes and nothing done with the texts.
    """
    recipients = _recipients(1_000)
    ours, bare = _medians(_ours(recipients), _bare(recipients), repeat=5 if quick else 25)
    return {
        "render_vs_jinja": bare / ours,
        "render_us": ours / len(recipients) * 1e6,
        "render_bare_jinja_us": bare / len(recipients) * 1e6,
    }


def _recipients(count: int) -> list[Recipient]:
    return [
        Recipient(
            f"7590-{number}", {"First name": f"Mary {number}", "tenure": number}, f"wh_{number}"
        )
        for number in range(count)
    ]


def _ours(recipients: list[Recipient]) -> Callable[[], None]:
    message = Message(url=URL, data={"first_name": FIRST_NAME, "months": MONTHS})
    compiled = compile_message(message, environ={}, now=0.0)
    assert isinstance(compiled.render(recipients[0]), Request)

    def render() -> None:
        for recipient in recipients:
            compiled.render(recipient)

    return render


def _bare(recipients: list[Recipient]) -> Callable[[], None]:
    environment = Environment(autoescape=False)  # noqa: S701 (what we print is no HTML)
    templates = [environment.from_string(source) for source in (URL, FIRST_NAME, MONTHS)]

    def render() -> None:
        for recipient in recipients:
            for template in templates:
                template.render(userId=recipient.user_id, userAttribute=recipient.attributes)

    return render


def _medians(*sides: Callable[[], None], repeat: int) -> list[float]:
    """Return the median seconds of each side; they take turns, so that noise falls on both."""
    seconds = [[timeit.timeit(side, number=1) for side in sides] for _ in range(repeat)]
    return [statistics.median(each) for each in zip(*seconds, strict=True)]
