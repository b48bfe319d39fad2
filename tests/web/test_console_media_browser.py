"""Pictures of a case in Chromium: veiled, shown by a key, a button or a resting pointer, hidden again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.review.models import Case, Reveal
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.models import User
from tests.adapters.test_webhooks import Speaking
from tests.apps.review import made
from tests.web.pictured import case_with, pictures
from tests.web.test_console_browser import (
    CHROMIUM,
    chromium,  # noqa: F401 - a fixture
    enter,
    expect,
    faults,
    when_free,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture
def there(settings: Any) -> Iterator[Speaking]:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    with pictures() as serving:
        yield serving


@pytest.fixture
def case(there: Speaking, live_server: Any) -> Case:
    return case_with(there.url, there.url)


def opened(chromium: Any, server: Any, case: Case, **window: Any) -> Any:  # noqa: F811 - the fixture's value
    page = enter(chromium, server, "reviewer", **window)
    page.goto(f"{server.url}/console/case/{case.code}/")
    first = page.locator("[data-picture]").first
    first.scroll_into_view_if_needed()
    loaded(page, first)
    return page


def loaded(page: Any, figure: Any) -> None:
    """Wait until the picture in a figure is there."""
    image = figure.locator("img").element_handle()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image)


def close(page: Any) -> None:
    """End a page once the server has nothing more to do for it: the next test has the same tables.

    A case's page tells how long it was in front when it is left, so it is left first.
    """
    page.wait_for_load_state("networkidle")
    page.goto(page.url.split("/console/")[0] + "/staff/sign-in")
    page.wait_for_load_state("networkidle")
    page.context.close()


def treatments(page: Any) -> list[str]:
    return [str(each.get_attribute("data-picture")) for each in page.locator("[data-picture]").all()]


def test_a_key_shows_and_hides_and_each_showing_is_a_record(
    chromium: Any,  # noqa: F811
    live_server: Any,
    case: Case,
) -> None:
    """V shows the next veiled picture; V or Escape hides what is shown; every showing is written down."""
    page = opened(chromium, live_server, case)
    assert treatments(page) == ["veiled", "veiled"]
    page.locator("#title").click()
    page.keyboard.press("v")
    shown = page.locator("[data-picture=grey]")
    loaded(page, shown)
    expect(shown.locator("[data-hide]")).to_be_focused()
    expect(page.locator("#media-said")).to_contain_text("Picture 1 of 2")
    page.keyboard.press("v")
    expect(shown).to_have_count(0)
    page.keyboard.press("v")
    expect(shown).to_have_count(1)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    close(page)
    assert list(Reveal.objects.values_list("place", flat=True)) == [0, 0]


def test_buttons_show_colour_and_hide(chromium: Any, live_server: Any, case: Case) -> None:  # noqa: F811
    """Show, in colour, hide again: each by a button."""
    page = opened(chromium, live_server, case)
    second = page.locator("[data-picture]").nth(1)
    second.get_by_role("button", name="Show").click()
    expect(page.locator("[data-picture=grey]")).to_have_count(1)
    page.get_by_role("button", name="In colour").click()
    colour = page.locator("[data-picture=colour]")
    loaded(page, colour)
    assert treatments(page) == ["veiled", "colour"]
    page.get_by_role("link", name="Hide again").click()
    expect(page.locator("[data-picture=veiled]")).to_have_count(2)
    close(page)
    assert list(Reveal.objects.values_list("place", flat=True)) == [1, 1]


def test_a_pointer_shows_only_where_it_rests(chromium: Any, live_server: Any, case: Case) -> None:  # noqa: F811
    """Passing over shows nothing; resting for a second shows it, leaving hides it."""
    page = opened(chromium, live_server, case, viewport={"width": 1400, "height": 900})
    box = page.locator("[data-picture] img").first.bounding_box()
    page.clock.install()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.clock.run_for(600)
    page.mouse.move(5, 5)
    page.clock.run_for(2_000)
    assert when_free(Reveal.objects.count) == 0
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.clock.run_for(1_100)
    expect(page.locator("[data-picture=grey]")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(page.locator("[data-picture=grey]")).to_have_count(0)
    close(page)
    assert Reveal.objects.count() == 1


def test_a_key_that_is_switched_off_shows_nothing(chromium: Any, live_server: Any, case: Case) -> None:  # noqa: F811
    """Whoever switched single keys off, or types in a field, shows nothing by a letter."""
    page = opened(chromium, live_server, case)
    page.evaluate("localStorage.setItem('sinmungo-keys', 'off')")
    page.reload()
    page.keyboard.press("v")
    page.wait_for_timeout(300)
    assert treatments(page) == ["veiled", "veiled"]
    close(page)
    assert not Reveal.objects.exists()


def test_whoever_wants_no_veil_has_each_shown_as_it_comes_into_view(
    chromium: Any,  # noqa: F811
    live_server: Any,
    case: Case,
) -> None:
    """The preference asks by itself, and each asking is written down."""
    page = enter(chromium, live_server, "reviewer")
    page.wait_for_load_state("networkidle")
    user = when_free(User.objects.order_by("-date_joined").first)
    wanted = {"blur": False, "greyscale": False, "break_after_minutes": 50, "refused_queues": ()}
    staff.set_preference(user=user, at=clock.now(), actor=SYSTEM, **wanted)
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    page.locator("#media").evaluate("section => section.scrollIntoView()")
    expect(page.locator("[data-picture=colour]")).to_have_count(2)
    close(page)
    assert set(Reveal.objects.values_list("place", flat=True)) == {0, 1}


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1400, "light")],
)
def test_pictures_are_accessible(
    chromium: Any,  # noqa: F811
    live_server: Any,
    case: Case,
    language: str,
    width: int,
    scheme: str,
) -> None:
    """axe finds nothing, veiled or shown, in both languages, light and dark, on a phone too."""
    window = {"locale": language, "viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = opened(chromium, live_server, case, **window)
    found = [faults(page, f"media-veiled-{language}-{scheme}")]
    page.locator("[data-picture] button").first.click()
    loaded(page, page.locator("[data-picture=grey]"))
    found.append(faults(page, f"media-shown-{language}-{scheme}"))
    close(page)
    assert found == ["", ""]


def test_without_a_script_a_page_shows_one(chromium: Any, live_server: Any, case: Case) -> None:  # noqa: F811
    """A button leads to a page with the picture; its link leads back, and the veil is there again."""
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    token = staff.make_sign_in_link(user=made.member(), at=clock.now(), actor=SYSTEM)
    page.goto(f"{live_server.url}/staff/link/{token}")
    page.locator("main button").click()
    page.goto(f"{live_server.url}/console/case/{case.code}/")
    page.locator("[data-picture] button").first.click()
    expect(page.locator("[data-picture=grey] img")).to_be_visible()
    page.get_by_role("link", name="Hide again").click()
    expect(page.locator("[data-picture=veiled]")).to_have_count(2)
    close(page)
    assert Reveal.objects.count() == 1
