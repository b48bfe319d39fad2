"""The pages of quality in Chromium: accessible, within the screen's width, and worked by keyboard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from sinmungo.apps.base import clock
from sinmungo.apps.review.models import Assignment, SecondReview
from sinmungo.journeys import second_look
from sinmungo.web.console.handles import to_handle
from tests.apps.review import made, second
from tests.web.test_console_browser import chromium, enter, faults, pytestmark

__all__ = ["chromium", "pytestmark"]


@pytest.fixture
def looks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> SecondReview:
    """Second looks of which one differs, gold, seconds of three people, and work that is late."""
    settings.SINMUNGO_SECOND_REVIEW_SHARE = 1.0
    monkeypatch.setattr(second_look, "_looked_until", None)
    monkeypatch.setattr(second_look, "GOLD_SHARE", 0.0)
    monkeypatch.setattr(second_look, "MOST_OPEN", 100)
    world, people = made.world(), [made.member() for _ in range(3)]
    first = [second.decided(world, people[n % 3], violation=n % 2 == 0) for n in range(21)]
    second.drawn()
    waiting, *rest = [second.second_to(decision) for decision in first]
    other = made.member()
    for place, row in enumerate(rest):
        same = (row.decision is not None and row.decision.violation) is (place > 0)
        second.answered(row, other, violation=same, answers=second.YES if same else second.NO)
    late = made.waiting_case(world.platform)
    at = clock.now() - timedelta(hours=3)
    Assignment.objects.filter(pk=late.assignment_id).update(due_at=at, created_at=at)
    second.gold(world, first[0], made.member("lead"))
    return waiting


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1400, "light")],
)
def test_pages_of_quality_are_accessible(
    chromium: Any, live_server: Any, looks: SecondReview, language: str, width: int, scheme: str
) -> None:
    """axe finds nothing in either language, light or dark, on a phone or a wide screen."""
    window = {"width": width, "height": 900}
    page = enter(chromium, live_server, "lead", locale=language, viewport=window, color_scheme=scheme)
    case = second.case_of(looks.decision)
    one = f"/console/second/{to_handle(looks.assignment_id)}/"
    pages = ("/console/lead/", "/console/seconds/", one, "/console/gold/", f"/console/gold/?case={case.code}")
    found = {}
    for place, address in enumerate(pages):
        page.goto(live_server.url + address)
        for summary in page.locator("main details > summary").all():
            summary.click()
        found[address] = faults(page, f"quality-{place}-{language}-{scheme}")
    page.goto(live_server.url + one)
    page.locator("form[action=claim] button").click()
    found["in hand"] = faults(page, f"quality-hand-{language}-{scheme}")
    page.context.close()
    assert not {address: fault for address, fault in found.items() if fault}


def test_a_second_look_is_answered_by_keyboard(chromium: Any, live_server: Any, looks: SecondReview) -> None:
    """From the list to the answer without a mouse."""
    page = enter(chromium, live_server, "reviewer", viewport={"width": 1180, "height": 900})
    page.goto(live_server.url + "/console/seconds/")
    page.locator(".work a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/second/**")
    for key in ("d", "Enter"):
        page.keyboard.press(key)
    page.locator("form[action=answer]").wait_for()
    for key in ("1", "2", "d", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/console/seconds/")
    page.context.close()
    assert SecondReview.objects.get(pk=looks.pk).violation is True
