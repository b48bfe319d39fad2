"""What everybody reads of an incident: only once it is public, in numbers that point at nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils.translation import override

from sinmungo.apps.autonomy.models import Affected, Incident, PublicQuestion, Restoration
from sinmungo.apps.autonomy.queries import public
from sinmungo.apps.autonomy.queries.incidents import Counts
from sinmungo.apps.autonomy.services.counting import write_counts
from sinmungo.apps.base import clock, ids
from sinmungo.apps.ledger import services as ledger
from sinmungo.core import merkle
from sinmungo.web.portal import status_words
from sinmungo.web.portal.briefly import Briefly
from sinmungo.web.portal.status_picture import lines, width
from sinmungo.web.portal.views import status
from tests.apps.autonomy import made, wronged
from tests.apps.review import made as people

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    status.KNOWN.forget()
    status.LISTED.forget()
    yield
    status.KNOWN.forget()
    status.LISTED.forget()


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "ko"})


def incident(**more: Any) -> Incident:
    """Make a published incident that holds nobody."""
    found = wronged.opened(made.automation(made.world()))
    for name, value in more.items():
        setattr(found, name, value)
    found.save()
    return found


def counts(**numbers: int) -> Counts:
    exact = dict.fromkeys(public.PARTS, 0) | numbers
    return Counts(affected=sum(exact.values()), oldest_waiting=None, at=clock.now(), **exact)


def file_of(browser: Client, code: str) -> dict[str, Any]:
    return dict(json.loads(browser.get(f"/status/{code}.json").content))


def test_an_incident_that_is_not_public_is_answered_like_one_that_does_not_exist(browser: Client) -> None:
    """Page, file, picture and list tell nothing of an incident before somebody makes it public."""
    found = incident(published_at=None)
    assert browser.get("/status/A%00B/").status_code == 404  # which PostgreSQL takes for no text
    for path in ("{}/", "{}.json", "{}.svg"):
        hidden = browser.get("/status/" + path.format(found.code))
        unknown = browser.get("/status/" + path.format("AAAAA-AAAAA"))
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        assert hidden.content.replace(found.code.encode(), b"AAAAA-AAAAA") == unknown.content
    assert found.code not in browser.get("/status/").content.decode()


@pytest.mark.parametrize(
    ("language", "title", "note"), [("ko", "잘못된 정지", "원인"), ("en", "Wrong susp", "cause")]
)
def test_the_page_says_what_is_known_in_both_languages(
    browser: Client, language: str, title: str, note: str
) -> None:
    """Title, newest note first, questions in their order, and where to find out about oneself."""
    found = incident()
    wronged.noted(found)
    wronged.noted(found, "멈추었습니다.", "It was stopped.")
    ask(found, place=2, question_en="Later question?")
    ask(found, place=1, question_en="First question?")
    ask(found, place=0, question_en="Retired question?", retired_at=clock.now())
    page = browser.get(f"/status/{found.code}/?lang={language}").content.decode()
    assert title in page and note in page
    assert ("이유 고지서" if language == "ko" else "statement of reasons") in page
    newer = "멈추었습니다." if language == "ko" else "It was stopped."
    assert page.index(newer) < page.index(note)
    if language == "en":
        assert page.index("First question?") < page.index("Later question?")
        assert "Retired question?" not in page
    assert ("한국 시간" if language == "ko" else "Korea time") in page


def ask(found: Incident, **more: Any) -> None:
    wanted = {
        "question_ko": "언제 돌아오나요?",
        "question_en": "When?",
        "answer_ko": "곧.",
        "answer_en": "Soon.",
    }
    PublicQuestion.objects.create(incident=found, edited_at=clock.now(), edited_by="x", **(wanted | more))


def test_a_number_from_one_to_nine_is_never_told_and_cannot_be_subtracted() -> None:
    """Beside a hidden part all others are rounded to five, never in our favour; zero is told."""
    hidden = public.shown(counts(restored=1998, upheld=3, waiting=12))
    assert hidden.parts["upheld"] is None
    assert (hidden.affected, hidden.parts["restored"], hidden.parts["waiting"]) == (2015, 1995, 15)
    assert hidden.parts["impossible"] == 0
    assert hidden.is_rounded
    exact = public.shown(counts(restored=1998, upheld=10))
    assert (exact.affected, exact.parts["restored"], exact.is_rounded) == (2008, 1998, False)
    almost = public.shown(counts(restored=11, waiting=1))
    assert (almost.affected, almost.parts["restored"]) == (15, 10)
    few = public.shown(counts(waiting=9))
    assert (few.affected, few.parts["waiting"]) == (None, None)
    assert public.shown(counts(waiting=10)).affected == 10


def test_no_door_tells_a_small_number(browser: Client) -> None:
    """Page, file and picture of an incident with three people never hold the three."""
    wave = wronged.wave(3)
    told = file_of(browser, wave.incident.code)["numbers"]
    assert set(told["fewer_than_ten"]) == {"affected", "waiting"}
    assert "waiting" not in told and told["restored"] == 0
    for path in (f"{wave.incident.code}/", f"{wave.incident.code}.svg"):
        page = browser.get("/status/" + path).content.decode()
        assert "10 미만" in page
        assert not re.search(r"3\s*건|>3<", page)


def test_no_door_tells_of_anybody(browser: Client) -> None:
    """No account, no decision number and no name of a rule stands on any public page of an incident."""
    wave = wronged.wave(2)
    for path in ("{}/", "{}.json", "{}.svg"):
        page = browser.get("/status/" + path.format(wave.incident.code)).content.decode()
        for row in wave.affected:
            assert row.item.external_id not in page
            assert row.decision.case_code not in page
        assert wave.automation.rule not in page


def test_the_ledger_fixes_small_numbers_without_telling_them(browser: Client) -> None:
    """The entry of hidden numbers is proven by its hash alone, and stays closed."""
    found = sealed(browser, waiting=3)
    assert found["entry_document"] is None
    assert leads_to_root(found)


def test_the_ledger_entry_of_large_numbers_is_open(browser: Client) -> None:
    """Where nothing is hidden anybody reads the exact entry and checks it without us."""
    found = sealed(browser, waiting=12)
    body = json.loads(found["entry_document"])["body"]
    assert body["waiting"] == 12
    assert body["oldest_waiting"].endswith(":00:00+00:00")  # the hour: a second would point at somebody
    assert merkle.leaf_hash(found["entry_document"].encode()).hex() == found["leaf"]
    assert leads_to_root(found)


def sealed(browser: Client, *, waiting: int) -> dict[str, Any]:
    """Write an incident's numbers into the ledger and return what its file says of that."""
    wave = wronged.wave(1)
    first = wave.affected[0]
    others = [made.acted(wave.world, wave.automation) for _ in range(waiting - 1)]
    Affected.objects.bulk_create(
        Affected(
            incident=wave.incident, decision=act.decision, item=act.item, place=n, changed_at=first.changed_at
        )
        for n, act in enumerate(others, 2)
    )
    write_counts(incident=wave.incident, at=clock.now())
    ledger.sequence(now=clock.now())
    return dict(file_of(browser, wave.incident.code)["ledger"])


def leads_to_root(found: dict[str, Any]) -> bool:
    leaf, root = bytes.fromhex(found["leaf"]), bytes.fromhex(found["root"])
    path = [bytes.fromhex(step) for step in found["path"]]
    return merkle.verify_inclusion(found["position"], found["size"], leaf, path, root)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_picture_is_sound_svg_that_says_what_it_shows(browser: Client, language: str) -> None:
    """It is well-formed, holds no style and no script, and names itself for a screen reader."""
    found = incident(title_ko="꺾쇠 <b> & ‘따옴표’가 있는 제목", title_en="A title with <b> & “quotes”")
    answer = browser.get(f"/status/{found.code}.svg?lang={language}")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    root = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "rect", "g", "text"}
    assert not any("style" in element.attrib or "onload" in element.attrib for element in root.iter())
    title = root.findtext(f"{SVG}title") or ""
    assert (found.title_ko if language == "ko" else found.title_en) in title
    assert f"/status/{found.code}/" in "".join(root.itertext())


@pytest.mark.parametrize("kind", ["svg", "json"])
def test_what_caches_keep_for_everybody_carries_nobodys_cookie(browser: Client, kind: str) -> None:
    """The language asked for in the address of a picture is not remembered by whoever shares it."""
    answer = browser.get(f"/status/{incident().code}.{kind}?lang=en")
    assert answer.headers["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert browser.get("/status/?lang=en").cookies


def test_a_false_alarm_that_was_public_says_so(browser: Client) -> None:
    """Whoever read of it finds that it was none."""
    found = incident(state=Incident.State.FALSE_ALARM, closed_at=clock.now())
    assert "사고가 아니었음" in browser.get(f"/status/{found.code}/").content.decode()


def test_the_list_holds_public_incidents_and_the_first_page_leads_to_it(browser: Client) -> None:
    """The newest incident stands first."""
    older, newer = incident(), incident()
    page = browser.get("/status/").content.decode()
    assert page.index(newer.code) < page.index(older.code)
    assert 'href="/status/"' in browser.get("/").content.decode()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (Restoration.State.RUNNING, "will take less than a minute more"),
        (Restoration.State.PAUSED, "was paused by a person"),
        (Restoration.State.READY, "a second person must confirm it"),
        (Restoration.State.DONE, ""),
    ],
)
def test_how_far_the_restoration_is_stands_beside_the_numbers(
    browser: Client, state: Restoration.State, told: str
) -> None:
    """In what a page that is open asks for again, so that it grows no older than the numbers."""
    found, at = incident(), clock.now()
    Restoration.objects.create(
        id=ids.new_id(),
        incident=found,
        platform=found.platform,
        window_from=found.onset_from,
        window_to=at,
        state=state,
        proposed_by=people.member("lead"),
        proposed_at=at,
    )
    part = browser.get(f"/status/{found.code}/numbers?lang=en").content.decode()
    assert told in part and ("restor" in part.split("</figure>")[1]) == bool(told)
    assert told in browser.get(f"/status/{found.code}/?lang=en").content.decode()


def test_the_list_counts_only_what_goes_on(browser: Client) -> None:
    """A closed incident stands with its title; whoever wants its numbers opens it."""
    closed = incident(state=Incident.State.CLOSED, closed_at=clock.now())
    assert "told-bar" not in browser.get("/status/").content.decode()
    assert "told-bar" in browser.get(f"/status/{closed.code}/").content.decode()
    status.LISTED.forget()
    incident()
    assert browser.get("/status/").content.decode().count("told-bar") == 1


def test_many_who_ask_at_once_cost_one_look(browser: Client, django_assert_num_queries: Any) -> None:
    """Within a few seconds the second reader of file and picture costs no query at all."""
    found = incident()
    file_of(browser, found.code)
    with django_assert_num_queries(0):
        file_of(browser, found.code)
        assert browser.get(f"/status/{found.code}.svg").status_code == 200


def test_an_answer_is_kept_only_for_a_while_and_never_when_there_is_none() -> None:
    """What is old is made anew; what was not found is looked for again; what is kept is bounded."""
    asked: list[str] = []

    def make(key: str) -> str | None:
        asked.append(key)
        return key or None

    never = Briefly(make, seconds=0.0)
    assert [never.get("a"), never.get("a")] == ["a", "a"]
    kept = Briefly(make)
    assert [kept.get("b"), kept.get("b"), kept.get(""), kept.get("")] == ["b", "b", None, None]
    assert asked == ["a", "a", "b", "", ""]
    for number in range(300):
        kept.get(str(number))
    assert len(kept._kept) <= 100


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (60, "less than a minute"),
        (61, "about 2 minutes"),
        (3600, "about 60 minutes"),
        (3601, "about 2 hours"),
        (172_800, "about 48 hours"),
        (172_801, "about 3 days"),
    ],
)
def test_how_long_it_takes_is_never_told_too_short(seconds: float, words: str) -> None:
    """Times are rounded up to the next unit."""
    with override("en"):
        assert status_words.lasting(seconds) == words


@pytest.mark.parametrize("title", ["가" * 120, "a" * 120, "가나다 " * 30, "짧은 제목", ""])
def test_a_title_fits_into_the_picture(title: str) -> None:
    """However long, it takes at most three lines of the picture's width."""
    found = lines(title)
    assert 1 <= len(found) <= 3
    assert all(width(line) <= 46 for line in found)
