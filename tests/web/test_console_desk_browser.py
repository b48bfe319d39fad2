"""The pages of a reviewer's desk in Chromium: accessible, within the screen's width, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from sinmungo.apps.items.models import Platform
from tests.web.test_console_browser import chromium, enter, expect, faults, pytestmark
from tests.web.test_twenty_cases import QUEUE, platform, reasons

__all__ = ["chromium", "platform", "pytestmark", "reasons"]


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1500, "light")],
)
def test_the_desks_pages_are_accessible(
    chromium: Any,
    live_server: Any,
    platform: Platform,
    reasons: None,
    settings: Any,
    language: str,
    width: int,
    scheme: str,
) -> None:
    """axe finds nothing on a selection, what became of it, a case with notes and undo, keys, reasons."""
    settings.SINMUNGO_UNDO_SECONDS = 30
    window = {"locale": language, "color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = enter(chromium, live_server, "lead", **window)
    found: dict[str, str] = {}

    def look(name: str) -> None:
        page.wait_for_load_state()
        found[name] = faults(page, f"desk-{name}-{language}-{scheme}")

    page.goto(f"{live_server.url}/console/queue/{QUEUE}/")
    for place in range(3):
        page.locator("input[name=case]").nth(place).check()
    page.locator("form#selection button[type=submit]").last.click()
    page.wait_for_url("**/console/selection/")
    look("selection")
    page.locator("button[value=no_violation]").click()
    expect(page.locator(".sending")).to_be_visible()
    look("done")
    page.goto(f"{live_server.url}/console/queue/{QUEUE}/")
    page.locator(".work h3 a").first.click()
    page.locator("form[action=claim] button").click()
    page.locator("#note").fill("지난주에도 같은 계정의 글을 보았습니다.")
    page.locator("form[action=note] button").click()
    expect(page.locator(".note")).to_be_visible()
    for fold in page.locator("details.aside > summary").all():
        fold.click()
    look("case")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    look("keys")
    page.goto(f"{live_server.url}/console/reasons/")
    look("reasons")
    page.evaluate("navigator.sendBeacon = () => true")  # nothing arrives while the tables are emptied
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}
