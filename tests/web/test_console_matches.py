"""A match on the page of a case: a sentence in both languages, or that something protected matched."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.screening.banks import holding
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.core.matching.explain import evidence
from sinmungo.core.matching.fingerprints import KitHash, part_name
from sinmungo.core.matching.matcher import Match
from sinmungo.web.console import matches
from tests.apps.review import made
from tests.web import banked
from tests.web.test_console_banks import text_of
from tests.web.test_console_pages import browser

pytestmark = pytest.mark.django_db

KNOWN, OTHER = banked.bits(1), banked.bits(2)
PART = {part_name(number): number for number in range(128)}


@pytest.fixture
def world() -> made.World:
    return made.world()


def case_of(world: made.World, **what: object) -> Case:
    """Make a bank of a mirrored crop, and a case whose second picture matches it at 12 of 256."""
    banked.bank("known-banners", [KitHash(PART["crop-12-mirrored"], KNOWN)], **what)
    seen = [KitHash(PART["trimmed"], banked.near(KNOWN, 12))]
    return banked.matched_case(world.platform, [KitHash(0, OTHER)], seen)


def read(case: Case, client: Client) -> str:
    return text_of(client.get(f"/console/case/{case.code}/"))


def test_a_match_reads_as_a_sentence_in_english(world: made.World) -> None:
    """Which picture, which bank, how near, which part, and what a distance means."""
    page = read(case_of(world), browser(made.member()))
    told = (
        "Picture 2 of 2 matches the bank “Example known-banners”: 12 of 256 bits differ. It matched the known"
        " picture mirrored and cropped by 12 %, after the plain edges of what came in were trimmed."
    )
    assert told in page
    assert "closer to 0 is more alike; from 32 on nothing is said" in page
    assert "place=2/2" not in page


def test_a_match_reads_as_a_sentence_in_korean(world: made.World) -> None:
    """The same facts, said as Korean says them."""
    page = read(case_of(world), browser(made.member(), "ko"))
    assert "올라온 2장 중 2번째 사진이 “보기 known-banners” 뱅크에 있는 사진과 일치합니다." in page
    assert "256비트 중 12비트가 다릅니다." in page
    assert "좌우로 뒤집고 가장자리를 12% 잘라 낸 것" in page


@pytest.mark.parametrize("what", [{"is_sealed": True}, {"seen_by": ["policy"]}])
@pytest.mark.parametrize("role", ["lead", "reviewer", "vendor"])
def test_of_a_bank_one_may_not_know_only_that_something_protected_matched(
    world: made.World, monkeypatch: pytest.MonkeyPatch, role: str, what: dict[str, object]
) -> None:
    """No name, no part, no number, and nothing to do about it; sealed or not reads the same."""
    monkeypatch.setattr(holding, "_holder", holding.Holder(opens_sealed=True))
    case = case_of(world, **what)
    html = browser(made.member(role)).get(f"/console/case/{case.code}/").content.decode()
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
    assert "Picture 2 of 2 matches a protected bank: 12 of 256 bits differ. " in page
    for hidden in (
        "known-banners",
        "known_banners",
        "mirrored",
        "not-the-same",
        "Known as",
    ):
        assert hidden not in html, hidden


FILE = "File 1 of 3 is exactly one in the bank “T”, byte for byte."
CLIP = "Clip 1 of 3 matches the bank “T”: 93 % of its frames stand there."
BITS = "Picture 1 of 3 matches the bank “T”: {} of 256 bits differ."


def picture(distance: int, kit: str = "unknown", seen: str = "unknown") -> str:
    """Return the line of a picture's match; names of parts are the same in every release."""
    return f"place=1/3 kind=pdq distance={distance} kit={kit} seen={seen} id=7"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (evidence(Match("b", 7, "sha256", 1.0), 1, 3), FILE),
        (evidence(Match("b", 7, "md5", 1.0), 1, 3), FILE),
        (evidence(Match("b", 7, "clip", 0.8, shares=(0.93, 0.8)), 1, 3), CLIP),
        (picture(31), BITS.format(31)),
        (picture(0, "whole", "whole"), BITS.format(0) + " It matched the whole of the known picture."),
        (picture(3, "whole-mirrored"), BITS.format(3) + " It matched the known picture mirrored."),
        (picture(3, "crop-30"), BITS.format(3) + " It matched the known picture cropped by 30 %."),
        (picture(9, seen="region-3"), BITS.format(9) + " It matched in a part of what came in."),
        (picture(9, seen="cut-top-left-11"), BITS.format(9) + " It matched in a part of what came in."),
        (picture(9, seen="left-half"), BITS.format(9) + " It matched in a part of what came in."),
        (picture(9, seen="turned-left-2"), BITS.format(9) + " It matched after what came in was turned."),
        (picture(9, seen="half-turn"), BITS.format(9) + " It matched after what came in was turned."),
        (picture(9, seen="of-a-later-release"), BITS.format(9)),
    ],
)
def test_each_kind_of_match_has_its_sentence(line: str, told: str) -> None:
    """Exact files, clips and pictures of which more or less is known."""
    with translation.override("en"):
        assert matches.sentence(line, "T") == told


def test_a_text_that_matches_and_a_line_that_nobody_wrote_are_told_too() -> None:
    """Of a text no place; of what cannot be read only that it matches."""
    with translation.override("en"):
        line = evidence(Match("b", 7, "text", 0.7), 0, 0)
        assert matches.sentence(line, "T") == "The text is much like one in the bank “T”."
        assert matches.sentence("something else", "T") == "It matches the bank “T”."


def test_why_a_case_stands_where_it_stands_names_no_bank(world: made.World) -> None:
    """The list of cases is read by people who may not know of every bank."""
    case = case_of(world)
    part = {"label": "signal", "value": "match.known_banners 0.95", "points": 19.0}
    Assignment.objects.filter(pk=case.assignment_id).update(priority_explained=[part])
    client = browser(made.member())
    for address in ("/console/queue/threats/", f"/console/case/{case.code}/"):
        html = client.get(address).content.decode()
        assert "that a bank knows (0.95 of 1)" in html
        assert "“match.known_banners” found it" not in html


def deny(client: Client, case: Case, **more: str):  # type: ignore[no-untyped-def]
    sent = {"bank": "known-banners", "place": "2", "words": "같은 틀의 다른 그림입니다.", **more}
    return client.post(f"/console/case/{case.code}/not-the-same", sent, follow=True)


def test_whoever_keeps_banks_says_that_it_is_another_picture(world: made.World) -> None:
    """From the page of the case, with a reason that stands beside it afterwards; the case stays open."""
    case, client = case_of(world), browser(made.member("lead"))
    html = client.get(f"/console/case/{case.code}/").content.decode()
    assert html.count(f'action="/console/case/{case.code}/not-the-same"') == 1
    page = text_of(deny(client, case))
    assert "It is never a match again as it stands" in page
    assert "같은 틀의 다른 그림입니다." in page
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert "That was said of it already" in text_of(deny(client, case))
    assert Fingerprint.objects.filter(bank="not-a-match").count() == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"words": ""}, 422),
        ({"words": "가" * 501}, 422),
        ({"place": "1"}, 422),
        ({"place": "two"}, 422),
        ({"place": ""}, 422),
        ({"bank": "no-such-bank"}, 403),
    ],
)
def test_a_bad_denial_changes_nothing(world: made.World, more: dict[str, str], status: int) -> None:
    """No reason or too long a one, a picture that did not match, a bank that nobody knows."""
    case = case_of(world)
    assert deny(browser(made.member("lead")), case, **more).status_code == status
    assert not Bank.objects.filter(pk="not-a-match").exists()


@pytest.mark.parametrize(("role", "status"), [("reviewer", 403), ("vendor", 403), ("observer", 404)])
def test_whoever_does_not_keep_banks_is_offered_nothing(world: made.World, role: str, status: int) -> None:
    """Neither the form nor its address."""
    case, client = case_of(world), browser(made.member(role))
    assert "not-the-same" not in client.get(f"/console/case/{case.code}/").content.decode()
    assert deny(client, case).status_code == status
