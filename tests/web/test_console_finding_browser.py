"""Finding in Chromium: accessible and within the screen's width, boxes and the search field by keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case, Queue
from tests.apps.review import made
from tests.common import factories
from tests.web.test_console_browser import CHROMIUM, chromium, enter, expect, faults

__all__ = ["chromium"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
SAID = "내일 저녁에 학교 앞으로 찾아가서 가만두지 않겠다"


@pytest.fixture
def case(live_server: Any) -> Case:
    """A case that waits, with decided ones like it, and another of the same account."""
    world = made.world()
    Queue.objects.filter(slug="threats").update(hours=8)
    for text in (SAID, SAID + " 정말로", "내일 학교 앞으로 찾아가서 가만 안 두겠다"):
        ended = made.waiting_case(world.platform, text)
        assert ended.version is not None
        decision = factories.decision(ended.version, world.version)
        review.close(case=ended, decision=decision, at=clock.now(), actor=SYSTEM)
    factories.overturned(decision)
    case = made.waiting_case(world.platform, SAID)
    assert case.item.author is not None
    seen = factories.posts(world.platform, [case.item.author], ["other-1"], text="자전거를 싸게 팝니다")[0]
    review.gather(item=seen.item, version=seen, verdict=None, queue="privacy", at=clock.now(), actor=SYSTEM)
    return case


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1600, "light")],
)
def test_finding_is_accessible_at_every_width(
    chromium: Any, live_server: Any, case: Case, language: str, width: int, scheme: str
) -> None:
    """axe finds nothing on the queue page under filters, on the search page, or beside a case."""
    window = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = enter(chromium, live_server, "lead", locale=language, **window)
    names = {
        # first, because leaving it sends how long it was in front
        "beside": f"/console/case/{case.code}/",
        "filtered": "/console/?language=ko&reported=1",
        "queue": "/console/",
        "search": "/console/search",
        "found": "/console/search?q=자전거",
        "nothing": "/console/search?q=없는말",
    }
    found = {}
    for name, address in names.items():
        page.goto(live_server.url + address)
        for summary in page.locator("main .filters > summary, main .work details > summary").all()[:2]:
            summary.click()
        found[name] = faults(page, f"finding-{name}-{language}-{scheme}")
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}


def test_cases_are_chosen_by_keyboard(chromium: Any, live_server: Any, case: Case) -> None:
    """Space on the case that J moved to ticks its box; one box ticks all of the page and counts them."""
    page = enter(chromium, live_server, "lead", locale="en-US")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    boxes = page.locator("input[name=case]")
    expect(boxes.first).to_be_checked()
    expect(boxes.nth(1)).not_to_be_checked()
    expect(page.locator("#chosen")).to_have_text("1")
    page.locator("#all").focus()
    page.keyboard.press("Space")
    expect(boxes.nth(1)).to_be_checked()
    expect(page.locator("#chosen")).to_have_text("2")
    page.context.close()


def test_a_key_leads_to_the_search_field(chromium: Any, live_server: Any, case: Case) -> None:
    """From any page a slash and a word lead to what was found, without a pointer."""
    page = enter(chromium, live_server, "lead", locale="en-US")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type(case.code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/search?q=*")
    expect(page.locator(".work h3 a")).to_have_count(1)
    page.context.close()
