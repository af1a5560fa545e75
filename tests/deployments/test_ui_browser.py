"""A campaign composed in Prefect's form, in a real browser: sent, watched, and received."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.request_bin.server import RunningBin

pytest.importorskip("playwright", reason="Playwright is not installed")

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MILLISECONDS = 60_000
USUAL = ViewportSize(width=1300, height=1000)
TALL = ViewportSize(width=1300, height=4800)
LONG = ViewportSize(width=1300, height=2200)
USERS = """user_id,first_name,city,tenure
u1,Zoë,Paris,3
u2,José,Málaga,2
u3,,Łódź,5
u4,田中,東京,1
u5,Mary,Denver,40
u6,Ömer,,4
"""
DATA = {
    "first_name": "{{ userAttribute.first_name | default('there') }}",
    "city": "{{ userAttribute.city }}",
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason=f"there is no {CHROMIUM}"),
]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """Yield a page of Debian's Chromium, without a window, in a home of its own."""
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=QUIET, env={**os.environ, "HOME": str(tmp_path)}
        )
        opened = browser.new_page(viewport=USUAL)
        opened.set_default_timeout(WAIT_MILLISECONDS)
        yield opened
        browser.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Return the folder of the screenshots: HOOKLINE_SHOTS, or a temporary one."""
    folder = Path(os.environ.get("HOOKLINE_SHOTS", tmp_path / "shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_campaign_composed_in_the_form_is_sent_and_shown(
    up, receiver: RunningBin, page: Page, shots: Path, tmp_path: Path
) -> None:
    (tmp_path / "users.csv").write_text(USERS, encoding="utf-8")
    _open_form(page, up.ui_url)
    _compose(page, users=tmp_path / "users.csv", url=receiver.in_url("ui") + "/{{User ID}}")
    _shoot(page, shots / "1-form.png", size=TALL)
    page.get_by_role("button", name="Submit").click()

    page.get_by_role("button", name="View run").click()
    expect(page.get_by_text("Completed").first).to_be_visible()
    _look_at_task_runs(page, shots)
    _look_at_report(page, shots)
    _look_at_requests(page, receiver, shots)


def _open_form(page: Page, ui_url: str) -> None:
    page.goto(f"{ui_url}/deployments")
    page.get_by_role("link", name="send-campaign").first.click()
    page.get_by_role("button", name="Run", exact=True).or_(
        page.get_by_role("link", name="Run", exact=True)
    ).first.click()
    if (custom := page.get_by_role("menuitem", name="Custom run")).is_visible():
        custom.click()


def _compose(page: Page, *, users: Path, url: str) -> None:
    page.get_by_label("Name", exact=True).fill("ui-offer")
    page.get_by_label("Source", exact=True).fill(str(users))
    page.get_by_label(re.compile("^Id")).fill("user_id")
    # The first list is that of the rules that must all match.
    page.get_by_role("button", name="Add item").first.click()
    page.get_by_label("Attribute").fill("tenure")
    page.get_by_label("Operator").click()
    page.get_by_role("option", name="is less than").click()
    page.get_by_role("textbox", name="Value (Optional)", exact=True).fill("6")
    page.get_by_label(re.compile("^url", re.IGNORECASE)).fill(url)
    # The first JSON editor is that of the user table's properties, the second that of the data.
    page.locator(".cm-content").nth(1).fill(json.dumps(DATA))


def _look_at_task_runs(page: Page, shots: Path) -> None:
    page.get_by_role("tab", name="Task Runs").click()
    for name in ("render-u4", "send-u4", "render-u6"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    # One without a city is suppressed, and has nothing to send.
    expect(page.get_by_text("Suppressed", exact=True)).to_be_visible()
    _shoot(page, shots / "2-task-runs.png")


def _look_at_report(page: Page, shots: Path) -> None:
    page.get_by_role("tab", name="Artifacts").click()
    expect(page.get_by_text("5 in the audience").first).to_be_visible()
    _shoot(page, shots / "3-artifacts.png")
    page.get_by_text("ui-offer-report").click()
    # The key's own page lists each version of the artifact; this run made one.
    page.locator("a[href*='/artifacts/artifact/']").first.click()
    expect(page.get_by_role("heading", name="ui-offer", exact=True)).to_be_visible()
    sentence = "5 in the audience: 4 delivered, 0 failed, 1 suppressed; balanced"
    expect(page.get_by_text(sentence).first).to_be_visible()
    for row in ("delivered 4", "suppressed 1", "audience 5", "200 4"):
        expect(page.get_by_role("row", name=row, exact=True)).to_be_visible()
    expect(page.get_by_text("userAttribute.city").first).to_be_visible()
    _shoot(page, shots / "4-report.png")


def _look_at_requests(page: Page, receiver: RunningBin, shots: Path) -> None:
    page.goto(receiver.page_url("ui"))
    expect(page.locator("details")).to_have_count(4)
    for summary in page.locator("details > summary").all():
        summary.click()
    expect(page.locator(".body", has_text="Zoë")).to_contain_text("Paris")
    expect(page.locator(".body", has_text="Łódź")).to_contain_text("there")
    _shoot(page, shots / "5-received.png", size=LONG)
    assert receiver.received("ui") == 4


def _shoot(page: Page, file: Path, *, size: ViewportSize | None = None) -> None:
    page.set_viewport_size(size or USUAL)
    page.screenshot(path=file)
    page.set_viewport_size(USUAL)
