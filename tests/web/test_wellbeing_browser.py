"""The pages of roles, signing in and well-being in Chromium: accessible, narrow, by keyboard."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, Case, Viewing
from sinmungo.apps.staff import services
from sinmungo.apps.staff.models import User
from sinmungo.web import directory_settings
from tests.apps.review import made
from tests.web.oidc_provider import CLIENT, SECRET, Provider
from tests.web.test_console_browser import axe, chromium, expect, pytestmark

__all__ = ["chromium", "pytestmark"]


@pytest.fixture
def case(live_server: Any) -> Case:
    """A case at the desk of child safety, whose words stay folded."""
    made_case = made.waiting_case(made.world().platform, "너 다시 나타나면 가만두지 않겠다 @haneul_nuri")
    review.ensure_queue(slug="child-safety", title_ko="아동·청소년 안전", title_en="Child safety", weight=100)
    Assignment.objects.filter(pk=made_case.assignment_id).update(queue="child-safety")
    return made_case


def enter(chromium: Any, server: Any, user: User, **window: Any) -> Any:
    """Sign in by a one-time link, in a window of its own."""
    token = services.make_sign_in_link(user=user, at=clock.now(), actor=SYSTEM)
    page = chromium.new_context(**{"locale": "en-US", **window}).new_page()
    page.goto(f"{server.url}/staff/link/{token}")
    page.locator("main button").click()
    page.wait_for_url("**/console/")
    return page


def faults(page: Any, name: str) -> str:
    """Return what axe finds and how far the page is wider than its window."""
    if folder := os.environ.get("SINMUNGO_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    results = axe.Axe().run(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return (results.generate_report() if results.violations_count else "") + (
        f"{wider} px too wide" if wider > 0 else ""
    )


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1280, "light")],
)
def test_pages_are_accessible_at_every_width(
    chromium: Any, live_server: Any, case: Case, language: str, width: int, scheme: str
) -> None:
    """axe finds nothing, and nothing sticks out of a phone's screen, in both languages, light and dark."""
    user = made.member("vendor", queues=["threats", "child-safety"])
    at = clock.now()
    for minutes in range(54, -1, -9):
        Viewing.objects.create(
            user=user,
            item=case.item,
            version=case.version,
            shown_at=at - timedelta(minutes=minutes),
            seconds=60,
        )
    page = enter(
        chromium,
        live_server,
        user,
        locale=language,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    addresses = {
        "me": "/console/me/",
        "rest": "/console/me/rest",
        "queues": "/console/",
        "vendor-case": f"/console/case/{case.code}/",
        "connections": "/staff/account/3rdparty/",
    }
    found = {}
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        found[name] = faults(page, f"{name}-{language}-{width}-{scheme}")
    page.goto(live_server.url + addresses["queues"])
    expect(page.locator("aside form[action='/console/me/later']")).to_be_visible()
    page.context.close()
    assert not {name: fault for name, fault in found.items() if fault}


def test_folded_words_open_with_one_key(chromium: Any, live_server: Any, case: Case) -> None:
    """Nothing of the words is seen until W is pressed; then they are read and in focus."""
    page = enter(chromium, live_server, made.member())
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    words = page.locator(".thread .post .words")
    expect(words).to_be_hidden()
    page.keyboard.press("w")
    expect(words).to_be_visible()
    page.context.close()


def test_a_kind_is_refused_from_the_case_without_a_reason(
    chromium: Any, live_server: Any, case: Case
) -> None:
    """One button on the case's page, and a sentence that it is all right."""
    page = enter(chromium, live_server, made.member())
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    page.locator("summary", has_text="Not for me").click()
    page.locator("form[action='/console/me/refuse'] button").click()
    expect(page.locator("main")).to_contain_text("It needs no reason")
    expect(page.locator("main")).not_to_contain_text(case.code)
    page.context.close()


def test_the_directory_is_reached_under_our_security_policy(
    chromium: Any, live_server: Any, settings: Any
) -> None:
    """From the button to the desk by way of another origin, which our policy lets no form lead to."""
    with Provider() as provider:
        settings.SOCIALACCOUNT_PROVIDERS = directory_settings.providers(
            {
                "SINMUNGO_OIDC_URL": provider.url,
                "SINMUNGO_OIDC_CLIENT_ID": CLIENT,
                "SINMUNGO_OIDC_CLIENT_SECRET": SECRET,
                "SINMUNGO_OIDC_NAME": "Haneul House",
            }
        )
        page = enter(chromium, live_server, made.member(), viewport={"width": 390, "height": 844})
        page.goto(f"{live_server.url}/staff/account/3rdparty/")
        page.locator("main a", has_text="Connect Haneul House").click()
        found = [faults(page, "directory-connect")]
        page.locator("main button").click()
        page.wait_for_url("**/staff/account/3rdparty/")
        expect(page.locator("main")).to_contain_text("Haneul House")
        found.append(faults(page, "directory-connected"))
        page.goto(f"{live_server.url}/console/")
        page.locator("form[action='/staff/sign-out'] button").click()
        page.goto(f"{live_server.url}/staff/sign-in")
        found.append(faults(page, "directory-sign-in"))
        page.locator("button", has_text="Sign in with Haneul House").click()
        page.wait_for_url("**/console/")
        page.locator("form[action='/staff/sign-out'] button").click()
        expect(page.locator("main")).to_contain_text("still signed in at Haneul House")
        found.append(faults(page, "directory-signed-out"))
        page.context.close()
    assert not [fault for fault in found if fault]
