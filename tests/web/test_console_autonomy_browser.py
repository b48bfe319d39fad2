"""Automations, audits, shifts and restorations in Chromium: accessible, narrow enough, by keyboard."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from sinmungo.apps.autonomy.models import Audit, Restoration
from sinmungo.apps.autonomy.services import restorations
from sinmungo.apps.autonomy.services import shifts as shift_services
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.web.console.handles import to_handle
from tests.apps.autonomy import wronged
from tests.apps.review import made as people
from tests.web import automated
from tests.web.test_console_browser import chromium, enter, expect, faults, pytestmark

__all__ = ["chromium", "pytestmark"]


@pytest.fixture
def wave() -> wronged.Wave:
    """An incident with a restoration that was counted, audits that wait, shifts, and a past."""
    found = wronged.wave(4)
    automated.labelled(found.automation, [False] * 80 + [True, False, True] + [False] * 40)
    automated.busy(found.automation)
    automated.waiting(found.world, found.automation, 2)
    week = [shift_services.NewShift(day, time(9), time(18), 2) for day in range(5)]
    week.append(shift_services.NewShift(4, time(22), time(6), 1, 8.0))
    shift_services.keep_shifts(platform=found.world.platform, shifts=week, actor=SYSTEM, at=clock.now())
    lead, at = people.member("lead"), clock.now()
    begins = found.incident.onset_from
    proposed = restorations.propose(
        incident=found.incident,
        automations=[found.automation],
        window_from=begins,
        window_to=at,
        user=lead,
        at=at,
    )
    restorations.dry_run(restoration=proposed, user=lead, at=at)
    return found


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1400, "light")],
)
def test_pages_of_autonomy_are_accessible(
    chromium: Any, live_server: Any, wave: wronged.Wave, language: str, width: int, scheme: str
) -> None:
    """axe finds nothing in either language, light or dark, on a phone or a wide screen."""
    window = {"width": width, "height": 900}
    page = enter(chromium, live_server, "lead", locale=language, viewport=window, color_scheme=scheme)
    audit = Audit.objects.filter(answered_at=None).first()
    restoration = Restoration.objects.get()
    assert audit is not None
    pages = {
        "list": "/console/automations/",
        "one": f"/console/automation/{to_handle(wave.automation.pk)}/",
        "audits": "/console/audits/",
        "audit": f"/console/audit/{to_handle(audit.assignment_id)}/",
        "shifts": "/console/shifts/",
        "propose": f"/console/incidents/{wave.incident.code}/restore",
        "restoration": f"/console/restoration/{to_handle(restoration.pk)}/",
        "lead": "/console/lead/",
    }
    found = {}
    for name, address in pages.items():
        page.goto(live_server.url + address)
        for summary in page.locator("main details > summary").all():
            summary.click()
        found[name] = faults(page, f"autonomy-{name}-{language}-{scheme}")
    page.goto(live_server.url + pages["audit"])
    page.locator("form[action=claim] button").click()
    found["audit in hand"] = faults(page, f"autonomy-hand-{language}-{scheme}")
    page.goto(live_server.url + pages["restoration"])
    page.locator("form:has(input[value=confirm]) button").click()
    expect(page.locator("progress").first).to_be_visible()
    found["under way"] = faults(page, f"autonomy-running-{language}-{scheme}")
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}


def test_audits_are_judged_one_after_another_by_keyboard(
    chromium: Any, live_server: Any, wave: wronged.Wave
) -> None:
    """From the list to the last verdict without a mouse; a key moves to a button, Enter presses it."""
    page = enter(chromium, live_server, "reviewer", viewport={"width": 1180, "height": 900})
    page.goto(live_server.url + "/console/audits/")
    for key in ("d", "Enter"):
        page.keyboard.press(key)
    for verdict in ("d", "n"):
        page.wait_for_url("**/console/audit/**")
        page.locator("form[action=answer]").wait_for()
        place = page.url
        page.keyboard.press(verdict)
        page.keyboard.press("Enter")
        expect(page).not_to_have_url(place)
    page.wait_for_url("**/console/audits/")
    page.context.close()
    assert sorted(Audit.objects.exclude(wrong=None).values_list("wrong", flat=True)) == [False, True]
