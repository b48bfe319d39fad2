"""Clearance letters on the pages for everybody: shown to whoever has the address, checked by anybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from sinmungo.apps.autonomy.letter_file import MAX_BYTES
from sinmungo.apps.autonomy.models import Affected, Clearance
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import services as ledger
from tests.apps.autonomy import wronged

pytestmark = pytest.mark.django_db
REAL, NOT_REAL = "진짜 확인서이고", "저희가 쓴 확인서가 아니거나"


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "ko"})


def cleared(**before: Any) -> Affected:
    affected = wronged.wave(1).affected[0]
    wronged.recorded(affected, **before)
    wronged.put_right(affected)
    ledger.sequence(now=clock.now())
    return affected


def address(affected: Affected) -> str:
    return f"/cleared/{clearances.address(Clearance.objects.get(pk=affected.pk))}/"


def file_of(browser: Client, affected: Affected) -> str:
    return browser.get(address(affected) + "letter.json").content.decode()


def checked(browser: Client, text: str) -> Any:
    return browser.post("/cleared/verify", {"text": text})


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "이 계정을 정지한 것은 잘못"), ("en", "The suspension of this")]
)
def test_the_letter_is_shown_in_both_languages_and_kept_by_no_cache(
    browser: Client, language: str, words: str
) -> None:
    """It names the handle and both decisions; nobody finds it by searching or by a referrer."""
    affected = cleared(handle="@haneul <b>")
    answer = browser.get(f"{address(affected)}?lang={language}")
    page = answer.content.decode()
    assert words in page
    assert "@haneul &lt;b&gt;" in page
    assert affected.decision.case_code in page
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_letter_never_says_what_was_alleged(browser: Client) -> None:
    """No ground, no policy, no rule and no word of the post stands in it."""
    affected = cleared()
    page = browser.get(address(affected)).content.decode() + file_of(browser, affected)
    for alleged in ("4.1", "도배", "거짓 선물", "선물폭탄", "spam", affected.decision.category):
        assert alleged not in page


def test_an_unknown_address_and_a_senseless_one_are_answered_alike(browser: Client) -> None:
    """404, and nothing of whether there ever was a letter."""
    parts = ("Q" * 22, "QQQQ", "Q" * 900)
    pages = {browser.get(f"/cleared/{part}/").content.replace(part.encode(), b"") for part in parts}
    assert len(pages) == 1
    assert browser.get("/cleared/x/letter.json").status_code == 404


def test_a_letter_is_checked_by_pasting_its_file(browser: Client) -> None:
    """The page says that it is real, of whom, and which decision."""
    affected = cleared(handle="@haneul")
    answer = checked(browser, file_of(browser, affected))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert REAL in page and "@haneul" in page


def test_a_changed_letter_is_named_as_changed(browser: Client) -> None:
    """With another handle put in it is no letter of ours, and the page tells why."""
    affected = cleared(handle="@haneul")
    answer = checked(browser, file_of(browser, affected).replace("@haneul", "@gureum"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert NOT_REAL in page and "누군가 바꾸었습니다" in page
    assert REAL not in page


@pytest.mark.parametrize("text", ["", "{", "[]", "안녕하세요", "[" * 30_000, "\0", "{}" * 50])
def test_whatever_is_pasted_gets_an_answer(browser: Client, text: str) -> None:
    """Senseless text is refused with a sentence and never an error of ours."""
    answer = checked(browser, text)
    assert answer.status_code == 422
    assert REAL not in answer.content.decode()


def test_a_pasted_file_may_be_as_long_as_its_limit(browser: Client) -> None:
    """A byte beyond the limit is refused at the form; nothing pasted is lost."""
    real = file_of(browser, cleared())
    full = real + " " * (MAX_BYTES - len(real.encode()))
    assert REAL in checked(browser, full).content.decode()
    beyond = checked(browser, "x" * (MAX_BYTES + 1))
    assert beyond.status_code == 422
    assert "x" * 1000 in beyond.content.decode()


def test_a_letter_before_its_place_in_the_ledger_says_so(browser: Client) -> None:
    """The page opens; the file is there a few seconds later."""
    affected = wronged.wave(1).affected[0]
    wronged.put_right(affected)
    assert "몇 초 안에" in browser.get(address(affected)).content.decode()
    assert browser.get(address(affected) + "letter.json").status_code == 404


def test_a_later_decision_is_told_where_the_letter_is_checked(browser: Client) -> None:
    """A letter that was overtaken is still real; whoever checks it learns of it."""
    affected = cleared()
    text = file_of(browser, affected)
    assert affected.answer is not None
    wronged.overtaken(affected.answer)
    told = "다른 결정이 있었습니다"
    assert told in checked(browser, text).content.decode()
    assert told in browser.get(address(affected)).content.decode()


def test_the_file_holds_what_others_need_to_check_it(browser: Client) -> None:
    """Facts, entry, path, checkpoint and key, under the names that proofs of decisions have too."""
    found = json.loads(file_of(browser, cleared()))
    assert set(found) == {
        "type", "letter", "entry_document", "position", "size", "root", "path", "checkpoint", "public_key",
    }  # fmt: skip
