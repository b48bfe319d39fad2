"""The pages of banks in Chromium: accessible, within the screen's width, and whole without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.banks import services
from sinmungo.apps.screening.models import Bank, Hunt
from sinmungo.core.matching.fingerprints import KitHash
from tests.apps.review import made
from tests.web import banked
from tests.web.test_console_browser import chromium, enter, expect, faults, pytestmark

__all__ = ["chromium", "pytestmark"]

ONE = banked.bits(1)
BANK = "/console/banks/known-banners/"


@pytest.fixture
def case(live_server: Any) -> Case:
    """Banks of every sort, one with a search under way and a case behind its match."""
    titles = {"title_ko": "알려진 사기 그림", "title_en": "Known scam pictures"}
    bank = banked.bank("known-banners", [KitHash(9, ONE)], [KitHash(0, banked.bits(2))], **titles)
    services.change(
        bank=banked.bank("off-duty", [KitHash(0, ONE)]), actor=SYSTEM, at=clock.now(), is_enabled=False
    )
    banked.bank("not-these", is_negative=True)
    banked.bank("sealed-garden", [KitHash(0, banked.bits(3))], is_sealed=True)
    searched(bank, looked=40, done=True)
    searched(bank, looked=13)
    return banked.matched_case(made.world().platform, [KitHash(16, banked.near(ONE, 12))])


def searched(bank: Bank, *, looked: int, done: bool = False) -> None:
    hunt = hunts.promise_hunt(bank=bank, after_change=0, to_change=bank.change, at=clock.now())
    ended = clock.now() if done else None
    stage = "done" if done else "media"
    Hunt.objects.filter(pk=hunt.pk).update(total=40, looked=looked, found=2, done_at=ended, stage=stage)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1400, "light")],
)
def test_pages_of_banks_are_accessible(
    chromium: Any, live_server: Any, case: Case, language: str, width: int, scheme: str
) -> None:
    """axe finds nothing in either language, light or dark, on a phone or a wide screen, all forms open."""
    window = {"width": width, "height": 900}
    page = enter(chromium, live_server, "lead", locale=language, viewport=window, color_scheme=scheme)
    found = {}
    pages = {"list": "/console/banks/", "one": BANK, "case": f"/console/case/{case.code}/"}
    for name, address in pages.items():
        page.goto(live_server.url + address)
        for summary in page.locator("main details > summary").all():
            summary.click()
        found[name] = faults(page, f"banks-{name}-{language}-{scheme}")
    page.goto(live_server.url + BANK)
    page.locator("summary", has=page.locator("xpath=../form[contains(@action, 'import')]")).first.click()
    csv = f"kind,content\npdq,nonsense\npdq,{banked.bits(4).hex()}\n".encode()
    page.set_input_files("#file", {"name": "h.csv", "mimeType": "text/csv", "buffer": csv})
    page.locator("form[action$=import] button").click()
    page.locator("main [role=status]").wait_for()
    found["imported"] = faults(page, f"banks-imported-{language}-{scheme}")
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}


def test_how_far_a_search_is_follows_by_itself(chromium: Any, live_server: Any, case: Case) -> None:
    """The page asks again until the search has ended, and no rule of the browser is broken by it."""
    page = enter(chromium, live_server, "reviewer", viewport={"width": 1180, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(live_server.url + BANK)
    expect(page.locator("progress").first).to_have_attribute("value", "32")
    Hunt.objects.filter(done_at__isnull=True).update(looked=30)
    expect(page.locator("progress").first).to_have_attribute("value", "75", timeout=15_000)
    Hunt.objects.filter(done_at__isnull=True).update(looked=40, stage="done", done_at=clock.now())
    expect(page.locator("#hunts[hx-get]")).to_have_count(0, timeout=15_000)
    page.context.close()
    assert complaints == []


def test_what_a_bank_found_is_read_on_a_phone(chromium: Any, live_server: Any, case: Case) -> None:
    """The numbers of the table stand within the screen, beside their days."""
    page = enter(chromium, live_server, "reviewer", viewport={"width": 390, "height": 900})
    page.goto(live_server.url + BANK)
    page.locator("summary", has_text="The same as a table").click()
    number = page.locator(".chart td.number").first.bounding_box()
    page.context.close()
    assert number["x"] + number["width"] <= 390


def test_pages_of_banks_work_without_javascript(chromium: Any, live_server: Any, case: Case) -> None:
    """A bank is made, switched off, withdrawn from, and a match denied, by forms alone."""
    page = enter(chromium, live_server, "lead", java_script_enabled=False)
    page.goto(live_server.url + "/console/banks/")
    page.locator("summary", has_text="Make a bank").click()
    for name, value in {"name": "more-banners", "title_ko": "또", "title_en": "More"}.items():
        page.fill(f"#{name}", value)
    page.locator("form[action$=make] button").click()
    page.wait_for_url("**/more-banners/")
    page.locator("summary", has_text="Switch it off").click()
    page.locator("form[action$=switch] button").click()
    expect(page.locator("main")).to_contain_text("It is switched off")
    page.goto(live_server.url + BANK)
    expect(page.locator("progress")).to_have_count(2)
    page.locator("summary", has_text="Withdraw fingerprints").click()
    page.fill("#ids", "entry-2")
    page.locator("form[action$=withdraw] button").click()
    expect(page.locator("main")).to_contain_text("1 fingerprint is withdrawn")
    page.goto(live_server.url + f"/console/case/{case.code}/")
    page.locator("summary", has_text="This is not the same picture").click()
    page.fill("textarea[name=words][id^=why-not]", "같은 틀의 다른 그림입니다.")
    page.locator("form[action$=not-the-same] button").click()
    expect(page.locator("main")).to_contain_text("It is never a match again as it stands")
    page.context.close()
    assert not Bank.objects.get(pk="more-banners").is_enabled
    assert Bank.objects.filter(pk="not-a-match", is_negative=True).exists()
