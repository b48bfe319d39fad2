"""A person says that a match is none: it never matches again, and nothing protected is muted."""

from __future__ import annotations

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries_desk as desk
from sinmungo.apps.review.errors import NoteLength
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.banks import services
from sinmungo.apps.screening.models import Bank, Fingerprint, SeenMedia, Signal
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.core.matching.explain import evidence
from sinmungo.core.matching.fingerprints import KitHash, unpack
from sinmungo.core.matching.matcher import Match
from sinmungo.journeys import not_the_same
from sinmungo.journeys.not_the_same import MAX_WORDS, NEVER, NeverAtRest, NothingToCompare, TakesTwo
from tests.apps.review import made
from tests.web import banked

pytestmark = pytest.mark.django_db

KNOWN = banked.bits(1)
WHOLE, WINDOW, ANOTHER = banked.bits(2), banked.near(KNOWN, 12), banked.bits(3)
SEEN = [KitHash(0, WHOLE), KitHash(16, WINDOW), KitHash(17, ANOTHER)]
WHY = "같은 틀에 그린 다른 그림입니다."


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def lead() -> User:
    return made.member("lead")


@pytest.fixture
def case(world: made.World) -> Case:
    banked.bank("known-banners", [KitHash(0, KNOWN)])
    return banked.matched_case(world.platform, [KitHash(0, ANOTHER)], SEEN)


def deny(case: Case, user: User, **more: object) -> not_the_same.Denied:
    told = {"bank": "known-banners", "place": 2, "words": WHY, **more}
    return not_the_same.deny(case=case, user=user, **told)  # type: ignore[arg-type]


def matched(*hashes: KitHash) -> list[str]:
    """Return the banks that a picture matches now."""
    return [match.bank for match in banks.held().match_pictures([hashes])[0]]


def test_a_denied_match_never_matches_again(case: Case, lead: User) -> None:
    """The picture as it was seen is muted in every open bank; what the bank knows still matches."""
    assert matched(*SEEN) == ["known-banners"]
    assert deny(case, lead).is_new
    assert matched(*SEEN) == []
    assert matched(KitHash(0, KNOWN)) == ["known-banners"]
    assert matched(KitHash(0, banked.near(KNOWN, 5))) == ["known-banners"]


def test_only_what_was_compared_goes_into_the_bank_of_no_match(case: Case, lead: User) -> None:
    """The whole picture and the part that matched, under the code of the case; no other part of it."""
    deny(case, lead)
    never = Bank.objects.get(pk=NEVER)
    assert (never.is_negative, never.is_sealed, never.seen_by) == (True, False, [])
    kept = Fingerprint.objects.get(bank=never)
    assert kept.external_id == case.code
    assert [each.bits for each in unpack(bytes(kept.content))] == [WHOLE, WINDOW]


def test_the_case_stays_open_and_colleagues_read_why(case: Case, lead: User) -> None:
    """A note beside the case holds the reason, masked; the ledger holds neither it nor a hash."""
    deny(case, lead, words=f"{WHY} 900101-1234567")
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    (note,) = desk.notes_of(case=case, seen_by=lead)
    assert note.words is not None
    assert WHY in note.words
    assert "1234567" not in note.words
    entry = Entry.objects.get(kind="screening.match.denied")
    assert entry.subject == f"case:{case.code}"
    assert "known-banners" in str(entry.body)
    assert WHY not in str(entry.body)


def test_said_again_it_changes_nothing(case: Case, lead: User) -> None:
    """One fingerprint, one note, one entry."""
    assert deny(case, lead).is_new
    assert not deny(case, lead).is_new
    assert Fingerprint.objects.filter(bank=NEVER).count() == 1
    assert len(desk.notes_of(case=case, seen_by=lead)) == 1
    assert Entry.objects.filter(kind="screening.match.denied").count() == 1


def test_withdrawn_by_the_code_of_its_case_it_matches_again(case: Case, lead: User) -> None:
    """A denial that was wrong is undone like any fingerprint."""
    deny(case, lead)
    never = Bank.objects.get(pk=NEVER)
    actor = banked.SYSTEM
    assert banked.services.withdraw(bank=never, external_ids=[case.code], actor=actor, at=clock.now()) == 1
    assert matched(*SEEN) == ["known-banners"]


@pytest.mark.parametrize("what", [{"is_sealed": True}, {"seen_by": ["policy"]}])
def test_a_protected_match_and_one_of_an_unknown_bank_take_two(
    world: made.World, lead: User, what: dict[str, object]
) -> None:
    """Both are refused in the same words, and no bank of no match is made."""
    banked.bank("known-banners", [KitHash(0, KNOWN)], **what)
    case = banked.matched_case(world.platform, [KitHash(0, ANOTHER)], SEEN)
    with pytest.raises(TakesTwo):
        deny(case, lead)
    with pytest.raises(TakesTwo):
        deny(case, lead, bank="no-such-bank")
    assert not Bank.objects.filter(pk=NEVER).exists()


@pytest.mark.parametrize("role", ["reviewer", "vendor", "administrator", "hearer"])
def test_who_does_not_keep_banks_denies_nothing(case: Case, role: str) -> None:
    """It changes what matches on every platform."""
    with pytest.raises(RoleLacks):
        deny(case, made.member(role))


def test_who_keeps_banks_on_one_platform_alone_denies_nothing(case: Case) -> None:
    """The bank of no match is one for all platforms."""
    with pytest.raises(RoleLacks):
        deny(case, made.member("lead", platform=case.item.platform_id))


@pytest.mark.parametrize("words", ["", "  ", "가" * (MAX_WORDS + 1), "a\0b"])
def test_a_reason_is_given_and_not_too_long(case: Case, lead: User, words: str) -> None:
    """Nothing happens without one."""
    with pytest.raises(NoteLength):
        deny(case, lead, words=words)
    assert deny(case, lead, words="가" * MAX_WORDS).is_new


@pytest.mark.parametrize("more", [{"place": 1}, {"place": 3}, {"place": 0}])
def test_what_did_not_match_cannot_be_denied(case: Case, lead: User, more: dict[str, object]) -> None:
    """Another picture of the item, one that is not there."""
    with pytest.raises(NothingToCompare):
        deny(case, lead, **more)


def test_a_match_of_which_nothing_is_kept_cannot_be_denied(case: Case, lead: User) -> None:
    """Without hashes there is nothing to put into a bank."""
    SeenMedia.objects.update(hashes=b"")
    with pytest.raises(NothingToCompare):
        deny(case, lead)


def test_an_exact_file_is_denied_by_its_digest(case: Case, lead: User) -> None:
    """A file that a bank knows by MD5 is muted by the digest that was remembered."""
    line = evidence(Match("known-banners", 1, "md5", 1.0), 1, 2)
    _add_signal(case, line)
    deny(case, lead, place=1)
    kept = Fingerprint.objects.get(bank=NEVER)
    assert (kept.kind, bytes(kept.content)) == ("sha256", bytes(32))


def test_a_clip_is_denied_by_its_frames(case: Case, lead: User) -> None:
    """All of them: a clip shares frames, not one hash."""
    _add_signal(case, evidence(Match("known-banners", 1, "clip", 0.9), 1, 2))
    SeenMedia.objects.filter(place=0).update(hashes=seen.sealed([KNOWN + ANOTHER])[0], is_clip=True)
    deny(case, lead, place=1)
    kept = Fingerprint.objects.get(bank=NEVER)
    assert (kept.kind, bytes(kept.content)) == ("clip", KNOWN + ANOTHER)


def test_a_text_is_not_denied_here(case: Case, lead: User) -> None:
    """Of a text no place is told."""
    _add_signal(case, evidence(Match("known-banners", 1, "text", 0.9), 0, 0))
    with pytest.raises(NothingToCompare):
        deny(case, lead, place=0)


def _add_signal(case: Case, line: str) -> None:
    assert case.verdict is not None
    Signal.objects.create(
        version=case.version,
        source="match",
        source_version="1",
        name="known_banners",
        score=0.9,
        evidence=line,
        at=case.verdict.at,
    )


@pytest.mark.parametrize("rests", ["disabled", "not negative"])
def test_nothing_goes_into_a_bank_that_would_not_mute_it(case: Case, lead: User, rests: str) -> None:
    """In a bank that matches it would be wanted from then on; in one that is off it would still match."""
    never = banked.bank(NEVER, is_negative=rests == "disabled")
    services.change(bank=never, actor=SYSTEM, at=clock.now(), is_enabled=rests != "disabled")

    with pytest.raises(NeverAtRest):
        deny(case, lead)

    assert not Fingerprint.objects.filter(bank=never).exists()
    assert matched(*SEEN) == ["known-banners"]
