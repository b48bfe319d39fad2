"""Incidents, the panel of a person affected, the apology and the letter, in a real browser and for axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sinmungo.apps.autonomy.models import Affected, Clearance, DetectorState, PublicQuestion
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.autonomy.services.counting import write_counts
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.statements import links
from sinmungo.web.portal.views import status
from tests.apps.autonomy import made, wronged
from tests.apps.autonomy.wronged import Wave
from tests.web.test_portal_browser import chromium, examine, page, playwright_api, pytestmark

__all__ = ["chromium", "page", "pytestmark"]  # the fixtures of its neighbour


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    status.KNOWN.forget()
    status.LISTED.forget()
    yield
    status.KNOWN.forget()


def scene() -> Wave:
    """Twelve people of whom one is restored, one upheld and ten wait; what the public was told."""
    wave = wronged.wave(12)
    first, second = wave.affected[:2]
    wronged.recorded(first, after={"followers": 101, "memberships": ["동네 장터"]})
    wronged.put_right(first)
    second.state = Affected.State.UPHELD
    second.save()
    wronged.noted(
        wave.incident,
        "자동 정지를 멈추고 원인을 찾고 있습니다.",
        "Suspensions stopped; we look for the cause.",
    )
    wronged.noted(
        wave.incident,
        "규칙의 기준값 하나가 잘못 바뀐 것을 찾았습니다.\n\n되돌릴 준비를 하고 있습니다.",
        "A threshold of the rule was changed by mistake.\n\nWe are preparing to restore everybody.",
    )
    PublicQuestion.objects.create(
        incident=wave.incident,
        question_ko="제가 무엇을 해야 하나요?",
        question_en="What must I do?",
        answer_ko="하실 일은 없습니다. 신분증이나 사진을 요구하는 연락은 저희가 보낸 것이 아닙니다.",
        answer_en="Nothing. Whoever asks you for an identity card or a photograph is not us.",
        edited_at=clock.now(),
        edited_by="x",
    )
    DetectorState.objects.update_or_create(
        epoch=made.epoch(wave.automation),
        defaults={"labels": 412, "wrong": 9, "bound": 0.957, "updated_at": clock.now()},
    )
    write_counts(incident=wave.incident, at=clock.now())
    ledger.sequence(now=clock.now())
    return wave


def test_the_public_pages_of_an_incident_read_well(page: Any, live_server: Any) -> None:
    """List, page and picture, in both languages, on a phone and wide."""
    wave = scene()
    for path, name in (("/status/", "status-list"), (f"/status/{wave.incident.code}/", "status")):
        page.goto(f"{live_server.url}{path}?lang={page.language}")
        examine(page, name)
    page.locator("details").last.click()
    examine(page, "status-open")
    picture = f"{live_server.url}/status/{wave.incident.code}.svg?lang={page.language}"
    page.set_content(f'<img alt="x" src="{picture}">')
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth === 800")


def test_a_person_affected_reads_their_place_the_apology_and_the_letter(page: Any, live_server: Any) -> None:
    """From the statement of one who waits to the letter of one who was restored."""
    wave = scene()
    page.goto(f"{live_server.url}{links.link_path(wave.statement(4))}?lang={page.language}")
    page.goto(f"{live_server.url}/statement/?lang={page.language}")
    examine(page, "affected-waiting")
    first = wave.affected[0]
    assert first.answer is not None
    page.goto(f"{live_server.url}{links.link_path(wronged.told(first.answer))}?lang={page.language}")
    examine(page, "affected-apology")
    address = clearances.address(Clearance.objects.get(pk=first.pk))
    page.goto(f"{live_server.url}/cleared/{address}/?lang={page.language}")
    examine(page, "cleared")
    text = page.evaluate(f"fetch('/cleared/{address}/letter.json').then(answer => answer.text())")
    page.goto(f"{live_server.url}/cleared/verify?lang={page.language}")
    examine(page, "cleared-verify")
    page.fill("textarea", text)
    page.click("main button")
    page.wait_for_selector(".say.good")
    examine(page, "cleared-right")
    page.fill("textarea", text.replace("@nuri", "@gureum"))
    page.click("main button")
    page.wait_for_selector(".say.grave")
    examine(page, "cleared-wrong")


def test_the_numbers_keep_up_until_the_reader_stops_them(page: Any, live_server: Any) -> None:
    """An open page shows the numbers of now; pressed, the button leaves them as they are."""
    wave = scene()
    page.clock.install()
    page.goto(f"{live_server.url}/status/{wave.incident.code}/?lang={page.language}")
    page.wait_for_selector("[data-live-stop]:not([hidden])")
    waiting = page.locator(".told-parts div").last.locator("dd")
    assert waiting.inner_text() == "10"
    for row in wave.affected[2:]:
        row.state = Affected.State.ALREADY
        row.save()
    status.KNOWN.forget()
    page.clock.run_for(15_000)
    playwright_api.expect(waiting).to_have_text("0")
    page.click("[data-live-stop]")
    assert page.locator("[data-live-stop]").get_attribute("aria-pressed") == "true"
