"""A translation in Chromium: by keyboard, accessible, in both languages, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sinmungo.apps.review.models import Case
from tests.adapters import model_server as server
from tests.apps.review import made
from tests.web.test_console_browser import case, chromium, enter, expect, faults, pytestmark

__all__ = ["case", "chromium", "pytestmark"]

SAID = {"en": "If you come back I will not let you be.", "ko": "다시 오면 가만두지 않겠다."}


@pytest.fixture
def model(settings: Any) -> Iterator[server.Model]:
    with server.serving() as running:
        settings.SINMUNGO_JUDGE_URL = running.url
        settings.SINMUNGO_TRANSLATE_MODEL = "loop-translate"
        settings.SINMUNGO_JUDGE_PRICE_READ = settings.SINMUNGO_JUDGE_PRICE_WRITTEN = Decimal(0)
        settings.SINMUNGO_JUDGE_DAILY_MICROS = 1
        yield running


def _ask(page: Any, found: Case, base: str) -> None:
    """Post the form of the part as a page without a script does."""
    page.goto(f"{base}/console/case/{found.code}/")
    page.evaluate(
        """(action) => {
            const form = document.createElement("form");
            form.method = "post";
            form.action = action;
            form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
            document.body.append(form);
            form.submit();
        }""",
        f"/console/case/{found.code}/translate",
    )
    page.wait_for_url("**/translate")
    expect(page.locator("#translation")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en-US", 390, "dark"), ("ko-KR", 1600, "light")],
)
def test_the_translation_is_accessible_and_asked_for_by_keyboard(
    chromium: Any, live_server: Any, case: Case, model: server.Model, language: str, width: int, scheme: str
) -> None:
    """After a failure the key T and Enter bring the translation into the page, and it has the focus."""
    tongue = language[:2]
    Case.objects.filter(pk=case.pk).update(version=made.seen(case.item, made.WORDS, lang="ko"))
    model.will(server.raw(500), server.says(SAID[tongue]))
    window = {"width": width, "height": 900}
    page = enter(chromium, live_server, "reviewer", locale=language, viewport=window, color_scheme=scheme)
    _ask(page, case, live_server.url)
    found = [faults(page, f"translation-failed-{language}-{scheme}")]
    page.keyboard.press("t")
    page.keyboard.press("Enter")
    expect(page.locator("#translated .words")).to_have_text(SAID[tongue])
    expect(page.locator("#translated")).to_be_focused()
    found.append(faults(page, f"translation-{language}-{scheme}"))
    page.context.close()

    assert not any(found), found
    assert len(model.asked) == 2
