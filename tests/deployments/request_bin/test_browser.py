"""The bin's page in a real browser: it grows by itself and runs nothing that was sent."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from deployments.request_bin.server import RunningBin

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason=f"there is no {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def shown(browser: Browser) -> Iterator[Page]:
    """Yield a new page that fails the test when anything goes wrong in it."""
    wrong: list[str] = []

    def refuse(box: Dialog) -> None:
        wrong.append(box.message)
        box.dismiss()

    with browser.new_context() as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", lambda said: wrong.append(said.text))
        opened.on("dialog", refuse)
        yield opened
    assert wrong == []


def test_requests_appear_by_themselves(receiver: RunningBin, shown: Page) -> None:
    shown.goto(receiver.page_url("live"))
    expect(shown.get_by_text("Nothing received yet.")).to_be_visible()

    httpx.post(receiver.in_url("live"), json={"name": "Zoë"})
    expect(shown.locator("details")).to_have_count(1)
    httpx.post(receiver.in_url("live"), json={"name": "Mary"})

    expect(shown.locator("details")).to_have_count(2)
    expect(shown.locator("#summary")).to_contain_text("200: 2")


def test_an_opened_request_stays_where_it_is(receiver: RunningBin, shown: Page) -> None:
    httpx.post(receiver.in_url("place"), json={"name": "Zoë"})
    shown.goto(receiver.page_url("place"))
    shown.locator("summary").click()

    for _ in range(3):
        httpx.post(receiver.in_url("place"), json={"name": "Mary"})

    expect(shown.get_by_role("button", name="3 new, show")).to_be_visible()
    expect(shown.locator("#summary")).to_contain_text("200: 4")
    expect(shown.locator("details")).to_have_count(1)
    expect(shown.locator("details[open] .body")).to_contain_text("Zoë")
    shown.get_by_role("button", name="3 new, show").click()
    expect(shown.locator("details")).to_have_count(4)


def test_a_waiting_request_shows_its_answer_when_it_has_one(
    receiver: RunningBin, shown: Page
) -> None:
    receiver.script("waits", ["hang"])
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(receiver.in_url("waits"), timeout=0.1)

    shown.goto(receiver.page_url("waits"))

    expect(shown.locator("details .status")).to_have_text("client left")


def test_an_attack_is_only_text(receiver: RunningBin, shown: Page) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>"
    headers = {"webhook-id": f'"><b onmouseover=alert(4)>{attack}', "x-a": attack}
    httpx.post(receiver.in_url("attack"), content=attack, headers=headers, params={"q": attack})

    shown.goto(receiver.page_url("attack"))
    shown.locator("summary").click()

    expect(shown.locator(".body")).to_have_text(attack)
    assert shown.locator("#requests :is(script, img, svg, b)").count() == 0


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_the_page_never_scrolls_sideways(receiver: RunningBin, shown: Page, width: int) -> None:
    headers = {"webhook-id": "m" * 300, "x-long": "x" * 300}
    httpx.post(receiver.in_url("wide") + "/" + "p" * 300, content=b"y" * 900, headers=headers)
    shown.set_viewport_size({"width": width, "height": 800})

    shown.goto(receiver.page_url("wide"))
    shown.locator("summary").first.click()

    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_a_bin_is_emptied_from_its_page(receiver: RunningBin, browser: Browser) -> None:
    httpx.post(receiver.in_url("button"))
    with browser.new_context() as context:
        opened = context.new_page()
        opened.on("dialog", lambda box: box.accept())
        opened.goto(receiver.page_url("button"))
        opened.get_by_role("button", name="Empty this bin").click()

        expect(opened.get_by_text("Nothing received yet.")).to_be_visible()

    assert receiver.received("button") == 0
