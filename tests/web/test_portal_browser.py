"""The pages for everybody in a real browser: on a phone and wide, by keyboard, and for axe."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.statements import links
from tests.apps.appeals.made import REASONS, REMOVED, WORDS, appealed, decided, scene, told
from tests.journeys.test_appeal import UPHELD, heard

playwright_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

CHROMIUM = Path(os.environ.get("SINMUNGO_CHROMIUM", "/usr/bin/chromium"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
RECEIPT = re.compile(r"(?:[0-9a-f]{8}-){3}[0-9a-f]{8}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    # Playwright's loop runs in this thread; Django would take the fixtures' queries for asynchronous ones
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=[("ko", PHONE), ("en", WIDE)], ids=["ko-phone", "en-wide"])
def page(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    language, size = request.param
    locale = "ko-KR" if language == "ko" else "en-GB"
    context = chromium.new_context(viewport=size, locale=locale, java_script_enabled=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.language = language
    yield page
    context.close()


def examine(page: Any, name: str) -> None:
    """Nothing for axe to object to, nothing wider than the screen."""
    folder = os.environ.get("SINMUNGO_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/portal-{name}-{page.language}.png", full_page=True)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


def test_from_the_link_to_the_receipt(page: Any, live_server: Any) -> None:
    """A person opens the statement, appeals by keyboard alone, and holds a receipt."""
    decision = scene()[3]
    page.goto(f"{live_server.url}{links.link_path(told(decision))}?lang={page.language}")
    assert page.url == f"{live_server.url}/statement/"
    examine(page, "statement")
    page.goto(f"{live_server.url}/appeal/{decision.case_code}/")
    examine(page, "appeal")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_words":
            break
    page.keyboard.insert_text(WORDS)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/appeal/receipt/")
    receipt = page.locator(".receipt").inner_text()
    assert RECEIPT.fullmatch(receipt)
    examine(page, "appeal-receipt")
    page.reload()
    assert page.url == f"{live_server.url}/receipts/"
    assert receipt not in page.content()


def test_first_answer_stands_above_the_fold_on_a_phone(chromium: Any, live_server: Any) -> None:
    """On a phone what happened, since when, where, until when and the way to appeal need no scrolling."""
    statement = told(scene()[3])
    context = chromium.new_context(viewport=PHONE, locale="ko-KR")
    page = context.new_page()
    page.goto(f"{live_server.url}{links.link_path(statement)}")
    last = page.locator(".answer a.button").first.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= PHONE["height"]
    context.close()


def test_refused_forms_lead_to_what_is_missing(page: Any, live_server: Any) -> None:
    """A form that is refused says so at the top, links to the field, and keeps what was typed."""
    scene()
    page.goto(f"{live_server.url}/report/?lang={page.language}")
    examine(page, "report")
    page.fill("#id_address", "post-77")
    page.fill("#id_words", WORDS)
    page.locator("main button").click()
    examine(page, "report-refused")
    assert page.input_value("#id_words") == WORDS
    page.locator("[role=alert] a").first.click()
    assert page.evaluate("document.activeElement.id") == "id_reason"
    page.locator("input[name=reason]").first.check()
    page.locator("main form button").click()
    page.wait_for_url("**/report/receipt/")
    examine(page, "report-receipt")


def test_answers_are_read_on_one_page(page: Any, live_server: Any) -> None:
    """All receipts of a person stand on one page, answered ones with their reasons."""
    within, decider, hearer, decision = scene()
    answered = appealed(told(decision))
    heard(answered, hearer, UPHELD)
    waiting = appealed(told(decided(within, decider, REMOVED)))
    page.goto(f"{live_server.url}/receipts/?lang={page.language}")
    page.fill("#id_receipts", f"{answered.receipt}\n{waiting.receipt}")
    page.locator("main button").first.click()
    page.wait_for_load_state()
    assert REASONS in page.content()
    examine(page, "answers")


@pytest.mark.parametrize("address", ["/", "/account/", "/misused/", "/s/none", "/receipts/"])
def test_pages_that_explain(page: Any, live_server: Any, address: str) -> None:
    """The pages that explain fit the screen and give axe nothing to object to."""
    page.goto(f"{live_server.url}{address}?lang={page.language}")
    examine(page, address.strip("/").replace("/", "-") or "first")


@pytest.mark.parametrize("state", ["waiting", "sequenced"])
def test_proof_page(page: Any, live_server: Any, state: str) -> None:
    """The proof fits a phone before and after the ledger has given the decision its place."""
    decision = scene()[3]
    page.goto(f"{live_server.url}{links.link_path(told(decision))}?lang={page.language}")
    if state == "sequenced":
        ledger.sequence(now=clock.now())
    page.goto(f"{live_server.url}/statement/{decision.case_code}/proof")
    if state == "sequenced":
        page.locator("details summary").click()
    examine(page, f"proof-{state}")
