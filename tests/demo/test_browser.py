"""The platform in a real browser: what headers do to forms shows nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from sinmungo.demo.process import DemoPlatform
from tests.demo.driving import STATEMENT, restriction, send, wanted

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's Chromium is not installed"),
]


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a phone's width, in Korean."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 390, "height": 800}, locale="ko-KR")
        browser.close()


def test_a_suspended_person_signs_in_to_the_lock_screen(platform: DemoPlatform, page: Page) -> None:
    """Choosing the account leads to the lock screen, whose link is the statement's; nothing overflows."""
    suspended = platform.join("둥근주전자_90")
    send(platform, wanted("account", suspended.account, 1, restriction("suspend")))
    page.goto(platform.url + "/session")
    with page.expect_navigation():
        page.locator(f'button[value="{suspended.account}"]').click()
    assert page.locator("h1").inner_text() == "이 계정은 지금 이용할 수 없습니다."
    link = page.get_by_role("link", name="이유와 이의신청 방법 보기")
    assert link.get_attribute("href") == STATEMENT["url"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 0


def test_a_post_is_written_by_its_form(platform: DemoPlatform, page: Page) -> None:
    """Writing a post works by its form, and the page that follows shows it."""
    neighbour = platform.join("푸른우산_91")
    page.goto(platform.url + "/session")
    with page.expect_navigation():
        page.locator(f'button[value="{neighbour.account}"]').click()
    page.goto(platform.url + "/")
    page.get_by_label("이웃에게 알리기").fill("브라우저에서 쓴 글")
    with page.expect_navigation():
        page.get_by_role("button", name="올리기").click()
    assert "브라우저에서 쓴 글" in page.locator("main").inner_text()
