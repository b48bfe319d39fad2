"""The console in Chromium: accessible, within the screen's width, by keyboard, and with its script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case, Viewing
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from tests.apps.appeals import made as appeals_made
from tests.apps.review import made

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


@pytest.fixture
def case(live_server: LiveServer, settings) -> Case:  # type: ignore[no-untyped-def]
    settings.SINMUNGO_DEMO = True
    world = made.world()
    cases = [made.waiting_case(world.platform) for _ in range(3)]
    for role in ("reviewer", "lead", "hearer", "administrator"):
        made.member(role)
    return cases[0]


def enter(
    chromium: Browser, server: LiveServer, role: str, *, language: str = "ko-KR", width: int = 1600
) -> Page:
    """Step into a role in a window of its own."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
    page = context.new_page()
    page.goto(f"{server.url}/staff/demo")
    page.locator(f"form:has(input[value={role}]) button").click()
    page.wait_for_url("**/console/")
    return page


def faults(page: Page) -> str:
    """Return what axe finds and how far the page is wider than its window."""
    results = Axe().run(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return (results.generate_report() if results.violations_count else "") + (
        f"{wider} px too wide" if wider > 0 else ""
    )


@pytest.mark.parametrize("width", [390, 1180, 1600])
@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
def test_pages_are_accessible_at_every_width(
    chromium: Browser, live_server: LiveServer, case: Case, language: str, width: int
) -> None:
    """axe finds nothing on any page of the console, and nothing sticks out of a phone's screen."""
    page = enter(chromium, live_server, "lead", language=language, width=width)
    proposal = f"/console/approval/{_proposed(case.item.platform_id)}/"
    heard = _appealed(case)
    addresses = ["/console/", f"/console/case/{case.code}/", "/console/approvals/", proposal]
    found = {}
    for address in [*addresses, "/console/appeals/", "/console/platforms/"]:
        page.goto(live_server.url + address)
        found[address] = faults(page)
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    page.locator("form[action=claim] button").click()
    expect(page.locator("button[value=no_violation]")).to_be_visible()
    found["a case in hand"] = faults(page)
    assert heard
    page.goto(live_server.url + "/console/appeals/")
    page.locator(".work a").first.click()
    page.locator("form[action=claim] button").click()
    found["an appeal in hand"] = faults(page)
    page.context.close()
    assert not {address: fault for address, fault in found.items() if fault}


def test_the_houses_pages_are_accessible(chromium: Browser, live_server: LiveServer, case: Case) -> None:
    """axe finds nothing at the door, among the roles of the demonstration, and on the house's pages."""
    page = enter(chromium, live_server, "administrator", width=390)
    found = {}
    for address in ("/console/people/", "/console/deliveries/", "/staff/demo"):
        page.goto(live_server.url + address)
        found[address] = faults(page)
    page.context.clear_cookies()
    page.goto(live_server.url + "/staff/sign-in")
    found["/staff/sign-in"] = faults(page)
    page.context.close()
    assert not {address: fault for address, fault in found.items() if fault}


def test_a_case_is_decided_with_the_keyboard_alone(
    chromium: Browser, live_server: LiveServer, case: Case
) -> None:
    """From the queue to the decision without a pointer; a letter moves and only Enter presses."""
    page = enter(chromium, live_server, "reviewer", language="en-US")
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


def test_the_list_of_keys_opens_and_closes(chromium: Browser, live_server: LiveServer, case: Case) -> None:
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


def test_seconds_in_front_are_reported_when_one_leaves(
    chromium: Browser, live_server: LiveServer, case: Case
) -> None:
    """Leaving a case sends how long it was in front, and no more."""
    page = enter(chromium, live_server, "reviewer")
    page.clock.install()
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    Viewing.objects.update(shown_at=clock.now() - review.HELD_FOR / 2)
    with page.expect_request("**/seen"):
        page.clock.run_for(16_000)
    page.goto(f"{live_server.url}/console/")
    page.context.close()
    assert 14 <= Viewing.objects.get().seconds <= 17


def test_without_a_script_everything_can_be_done(
    chromium: Browser, live_server: LiveServer, case: Case
) -> None:
    """With scripts off the proposal comes by a button and the case can be decided."""
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(f"{live_server.url}/staff/demo")
    page.locator("form:has(input[value=reviewer]) button").click()
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


def _proposed(platform: str) -> str:
    """Make a proposal that waits for a second person; return its case's code."""
    proposer: User = made.member()
    waiting = made.waiting_case(Item.objects.filter(platform=platform)[0].platform)
    actor, at = staff.actor_of(proposer), clock.now()
    work = review.claim(assignment=waiting.assignment, user=proposer, expected_version=1, at=at, actor=actor)
    made.proposed(waiting, proposer, work.version)
    return waiting.code


def _appealed(case: Case) -> bool:
    world = made.World(case.item.platform, made.threats_in_force(case.item.platform))
    decision = appeals_made.decided(world, made.member(), appeals_made.REMOVED)
    return bool(appeals_made.appealed(appeals_made.told(decision)))
