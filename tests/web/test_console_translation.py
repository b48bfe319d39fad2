"""A machine translation beside the original: offered, asked for, marked, and with or without a script."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from sinmungo.apps.review.models import Case
from sinmungo.web.console import translation
from tests.adapters import model_server as server
from tests.apps.review import made
from tests.web.test_console_pages import browser

pytestmark = pytest.mark.django_db

SAID = "<b>If</b> you come back I will not let you be."


@pytest.fixture
def model(settings: Any) -> Iterator[server.Model]:
    with server.serving(server.says(SAID)) as running:
        settings.SINMUNGO_JUDGE_URL = running.url
        settings.SINMUNGO_TRANSLATE_MODEL = "loop-translate"
        settings.SINMUNGO_JUDGE_PRICE_READ = Decimal(0)
        settings.SINMUNGO_JUDGE_PRICE_WRITTEN = Decimal(0)
        settings.SINMUNGO_JUDGE_DAILY_MICROS = 1
        yield running


@pytest.fixture
def case() -> Case:
    found = made.waiting_case(made.world().platform)
    version = made.seen(found.item, made.WORDS, lang="ko")
    Case.objects.filter(pk=found.pk).update(version=version)
    return Case.objects.select_related("version", "item").get(pk=found.pk)


def asked(client: Client, case: Case, **headers: str) -> Any:
    return client.post(f"/console/case/{case.code}/translate", headers=headers)


def test_the_offer_stands_only_where_it_is_of_use(model: server.Model, case: Case, settings: Any) -> None:
    """It is made to a reader of another language, while a model is set up."""
    assert translation.offered(case, language="en") is not None
    assert translation.offered(case, language="ko") is None
    settings.SINMUNGO_TRANSLATE_MODEL = ""
    assert translation.offered(case, language="en") is None


def test_the_offer_is_a_form_that_says_what_leaves(model: server.Model, case: Case) -> None:
    """A button with its key, a form that works without a script, and one plain sentence."""
    beside = translation.offered(case, language="en")
    html = render_to_string("console/_translation.html", {"translation": beside})

    assert f'action="/console/case/{case.code}/translate"' in html
    assert 'data-key="t"' in html
    assert model.asked == []
    assert render_to_string("console/_translation.html", {"translation": None}).strip() == ""


def test_without_a_script_the_translation_is_a_page_beside_the_original(
    model: server.Model, case: Case
) -> None:
    """Original and translation stand in their languages, the machine is named, its words are escaped."""
    answer = asked(browser(made.member()), case)
    html = answer.content.decode()

    assert answer.status_code == 200
    assert f'<p class="words" lang="ko">{made.WORDS}</p>' in html
    assert '<p class="words" lang="en">&lt;b&gt;If&lt;/b&gt; you come back' in html
    assert "Machine translation by loop-translate" in html
    assert "Decide by the original" in html
    assert f'href="/console/case/{case.code}/"' in html
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_script_gets_the_part_alone(model: server.Model, case: Case) -> None:
    """The same without the page around it."""
    html = asked(browser(made.member()), case, x_part="translation").content.decode()

    assert html.strip().startswith('<section class="stack tight" id="translation"')
    assert "loop-translate" in html
    assert "<html" not in html


def test_what_goes_wrong_is_told_in_a_sentence_and_may_be_tried_again(
    model: server.Model, case: Case
) -> None:
    """The page says that there is none now, in its reader's language, and offers the button again."""
    model.will(server.raw(500, b"secret words of the other side"))
    answer = asked(browser(made.member()), case)
    html = answer.content.decode()

    assert answer.status_code == 503
    assert 'role="alert"' in html
    assert "gave no translation just now" in html
    assert "secret words" not in html
    assert 'data-key="t"' in html


def test_korean_readers_are_told_in_korean(model: server.Model, case: Case) -> None:
    """Every sentence of the part is there in Korean."""
    english = made.seen(case.item, "Come back and see.", lang="en")
    Case.objects.filter(pk=case.pk).update(version=english)
    model.will(server.says("돌아와서 보세요."))
    html = asked(browser(made.member(), "ko"), case, x_part="translation").content.decode()

    assert "loop-translate의 기계 번역" in html
    assert "원문을 보고 결정해 주세요" in html
    assert 'lang="ko">돌아와서 보세요.' in html


def test_only_who_may_read_the_case_may_have_it_translated(model: server.Model, case: Case) -> None:
    """Others meet the same answer as for a case that does not exist, and nothing is sent."""
    statuses = {asked(browser(made.member(role)), case).status_code for role in ("observer", "hearer")}
    elsewhere = asked(browser(made.member("reviewer", platform="elsewhere")), case)

    assert statuses | {elsewhere.status_code} <= {403, 404}
    assert asked(Client(), case).status_code == 302
    assert model.asked == []


def test_nothing_is_sent_by_opening_an_address(model: server.Model, case: Case) -> None:
    """A GET translates nothing."""
    answer = browser(made.member()).get(f"/console/case/{case.code}/translate")

    assert answer.status_code == 405
    assert model.asked == []
