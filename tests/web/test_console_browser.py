"""The console in Chromium: accessible, within the screen's width, by keyboard, and with its script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case, Viewing
from sinmungo.apps.staff import services as staff_services
from tests.apps.appeals import made as appeals_made
from tests.apps.review import made
from tests.common.patience import when_free

playwright_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
expect = playwright_api.expect

CHROMIUM = Path(os.environ.get("SINMUNGO_CHROMIUM", "/usr/bin/chromium"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def case(live_server: Any) -> Case:
    platform = made.world().platform
    first, *_more = [made.waiting_case(platform) for _ in range(3)]
    return first


def enter(chromium: Any, server: Any, role: str, **window: Any) -> Any:
    """Sign in by a one-time link, in a window of its own."""
    at = clock.now()
    token = staff_services.make_sign_in_link(user=made.member(role), at=at, actor=SYSTEM)
    page = chromium.new_context(**{"locale": "en-US", **window}).new_page()
    page.goto(f"{server.url}/staff/link/{token}")
    page.locator("main button").click()
    page.wait_for_url("**/console/")
    return page


def faults(page: Any, name: str) -> str:
    """Return what axe finds and how far the page is wider than its window."""
    if folder := os.environ.get("SINMUNGO_SCREENSHOTS"):
        width = page.viewport_size["width"]
        page.screenshot(path=f"{folder}/console-{name}-{width}.png", full_page=True)
    results = axe.Axe().run(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return (results.generate_report() if results.violations_count else "") + (
        f"{wider} px too wide" if wider > 0 else ""
    )


@pytest.mark.parametrize(("language", "width"), [("ko-KR", 390), ("en-US", 1180)])
def test_pages_are_accessible_at_every_width(
    chromium: Any, live_server: Any, case: Case, language: str, width: int
) -> None:
    """axe finds nothing on any page of the console, and nothing sticks out of a phone's screen."""
    page = enter(chromium, live_server, "lead", locale=language, viewport={"width": width, "height": 900})
    waiting = _proposed(case)
    _appealed(case)
    names = {
        "queues": "/console/",
        "case": f"/console/case/{case.code}/",
        "approvals": "/console/approvals/",
        "approval": f"/console/approval/{waiting}/",
        "appeals": "/console/appeals/",
        "platforms": "/console/platforms/",
    }
    found = {}
    for name, address in names.items():
        page.goto(live_server.url + address)
        found[name] = faults(page, f"{name}-{language}")
    page.goto(live_server.url + names["case"])
    page.locator("form[action=claim] button").click()
    expect(page.locator("button[value=no_violation]")).to_be_visible()
    found["case in hand"] = faults(page, f"case-in-hand-{language}")
    page.goto(live_server.url + names["appeals"])
    page.locator(".work a").first.click()
    page.locator("form[action=claim] button").click()
    found["appeal in hand"] = faults(page, f"appeal-in-hand-{language}")
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}


def test_the_houses_pages_are_accessible(chromium: Any, live_server: Any, case: Case) -> None:
    """axe finds nothing at the door and on the house's pages, on a phone."""
    page = enter(chromium, live_server, "administrator", viewport={"width": 390, "height": 844})
    found = {}
    for address in ("/console/people/", "/console/deliveries/"):
        page.goto(live_server.url + address)
        found[address] = faults(page, address.split("/")[2])
    page.context.clear_cookies()
    page.goto(live_server.url + "/staff/sign-in")
    found["/staff/sign-in"] = faults(page, "sign-in")
    page.context.close()
    assert not {address: fault for address, fault in found.items() if fault}


def test_a_case_is_decided_with_the_keyboard_alone(chromium: Any, live_server: Any, case: Case) -> None:
    """From the queue to the decision without a pointer; a letter moves and only Enter presses."""
    page = enter(chromium, live_server, "reviewer")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/case/**")
    page.keyboard.press("d")
    expect(page.locator("form[action=claim] button")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("input[name=factor-directed]").first.focus()
    page.keyboard.press("Space")
    page.locator("input[name=factor-imminent]").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#follows")).to_contain_text("Remove it · all countries")
    expect(page.locator("input[name=action][value=remove]")).to_be_checked()
    page.locator("#facts").focus()
    page.keyboard.type("d and h are letters here, and a person is threatened.")
    page.keyboard.press("Escape")
    page.locator("button[value=violation]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#decide-h + p, .say.good").first).to_be_visible()
    page.context.close()
    assert Decision.objects.get().violation


def test_the_list_of_keys_opens_and_closes(chromium: Any, live_server: Any, case: Case) -> None:
    """A question mark shows the keys, Escape puts them away, and in a text field it is a letter."""
    page = enter(chromium, live_server, "reviewer")
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    page.locator("form[action=claim] button").click()
    page.locator("#facts").press("?")
    expect(page.locator("#facts")).to_have_value("?")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.context.close()


def test_seconds_in_front_are_reported_when_one_leaves(chromium: Any, live_server: Any, case: Case) -> None:
    """Leaving a case sends how long it was in front, and no more."""
    page = enter(chromium, live_server, "reviewer")
    page.clock.install()
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    when_free(lambda: Viewing.objects.update(shown_at=clock.now() - review.HELD_FOR / 2))
    with page.expect_request("**/seen"):
        page.clock.run_for(16_000)
    page.goto(f"{live_server.url}/console/")
    page.context.close()
    assert 14 <= when_free(Viewing.objects.get).seconds <= 17


def test_without_a_script_everything_can_be_done(chromium: Any, live_server: Any, case: Case) -> None:
    """With scripts off the proposal comes by a button and the case can be decided."""
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    token = staff_services.make_sign_in_link(user=made.member(), at=clock.now(), actor=SYSTEM)
    page.goto(f"{live_server.url}/staff/link/{token}")
    page.locator("main button").click()
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    page.locator("form[action=claim] button").click()
    page.locator("input[name=factor-directed][value=yes]").check()
    page.locator("input[name=factor-imminent][value=no]").check()
    page.locator("button[value=answers]").click()
    expect(page.locator("input[name=action][value=remove]")).to_be_checked()
    page.locator("#facts").fill("특정한 사람을 해치겠다고 말합니다.")
    page.locator("button[value=violation]").click()
    expect(page.locator("body")).to_contain_text("Everybody concerned is told")
    context.close()
    assert Decision.objects.get().violation


def _proposed(case: Case) -> str:
    """Make a proposal that waits for a second person; return its case's code."""
    proposer = made.member()
    waiting = made.waiting_case(case.item.platform)
    work = review.claim(
        assignment=waiting.assignment, user=proposer, expected_version=1, at=clock.now(), actor=SYSTEM
    )
    made.proposed(waiting, proposer, work.version)
    return waiting.code


def _appealed(case: Case) -> None:
    world = made.World(case.item.platform, made.threats_in_force(case.item.platform))
    decision = appeals_made.decided(world, made.member(), appeals_made.REMOVED)
    appeals_made.appealed(appeals_made.told(decision))
