"""The pages of incidents in Chromium: accessible, within the screen's width, and whole without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sinmungo.apps.autonomy.models import Incident, Inquiry
from sinmungo.apps.autonomy.services import incidents, inquiries, linking, telling
from sinmungo.apps.autonomy.services.affected import Change
from sinmungo.apps.autonomy.services.telling import Answered
from sinmungo.apps.base import clock
from tests.apps.autonomy.incident_made import appeal, epoch_begun, tripped_breaker, wave
from tests.web.test_console_browser import chromium, enter, expect, faults, pytestmark

__all__ = ["chromium", "pytestmark"]

QUESTION = Answered(
    question_ko="제 계정도 해당하나요?",
    question_en="Is my account part of it?",
    answer_ko="이유 고지서의 링크를 열면 보입니다.",
    answer_en="Open the link of your statement.",
)


@pytest.fixture
def incident(live_server: Any) -> Incident:
    """A trip that people have begun to work off: told, asked about, linked, some restored."""
    found, at = wave(4), clock.now()
    row = incidents.open_for_trip(
        automation=found.automation,
        epoch=epoch_begun(found.automation, hours=11),
        breaker=tripped_breaker(),
        audits_per_hour=5.0,
        at=at,
    )
    places = row.affected.order_by("place")
    changes = [Change(places[0].pk, "restored"), Change(places[1].pk, "impossible", "gone")]
    incidents.set_states(rows=changes, at=at)
    known = {"incident": row, "user": found.lead, "at": at}
    incidents.note(**known, words="문턱값을 바꾼 뒤부터입니다.")
    incidents.publish(**known, ko="확인하고 있습니다.", en="We are looking into it.")
    telling.answer_question(**known, text=QUESTION)
    asked = {"kind": Inquiry.Kind.PRESS, "who": "하늘신문 가나다", "words": "몇 명입니까?"}
    inquiries.receive(**known, **asked, received_at=at - timedelta(days=9))  # type: ignore[arg-type]
    appeals = [appeal(act, number=number) for number, act in enumerate(found.acts)]
    linking.link(**known, appeals=appeals[:2])
    return row


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1400, "light")],
)
def test_pages_of_incidents_are_accessible(
    chromium: Any, live_server: Any, incident: Incident, language: str, width: int, scheme: str
) -> None:
    """axe finds nothing in either language, light or dark, on a phone or a wide screen, all forms open."""
    window = {"width": width, "height": 900}
    page = enter(chromium, live_server, "lead", locale=language, viewport=window, color_scheme=scheme)
    one = f"/console/incidents/{incident.code}/"
    found = {}
    for name in ("/console/incidents/", "/console/incidents/groups/", one, f"{one}people/", f"{one}alike/"):
        page.goto(live_server.url + name)
        page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
        found[name] = faults(page, f"incidents-{name.strip('/').replace('/', '-')}-{language}-{scheme}")
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}


def test_an_incident_is_worked_off_without_javascript(
    chromium: Any, live_server: Any, incident: Incident
) -> None:
    """A step is done, the public is told and the incident closed by plain forms."""
    page = enter(chromium, live_server, "lead", locale="en-US", java_script_enabled=False)
    page.goto(f"{live_server.url}/console/incidents/{incident.code}/")
    page.get_by_role("button", name="Done: Look at a sample").click()
    expect(page.locator("main [role=status]")).to_contain_text("The step is done.")
    page.locator("#public > details > summary").click()
    page.fill("#ko", "원인을 찾았습니다.")
    page.fill("#en", "We found the cause.")
    page.get_by_role("button", name="Say it").click()
    expect(page.locator("#public article").first).to_contain_text("We found the cause.")
    page.locator("#acts summary", has_text="Close it").click()
    page.fill("#close-words", "The others are looked at one by one.")
    page.get_by_role("button", name="Close the incident").click()
    expect(page.locator("main [role=status]")).to_contain_text("The incident is closed.")
    page.context.close()
