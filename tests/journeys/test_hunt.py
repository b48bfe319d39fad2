"""The search in everything already seen: what a bank learns today is found in what came before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import hunts, seen
from sinmungo.apps.screening.banks import holding
from sinmungo.apps.screening.errors import NothingToHunt
from sinmungo.apps.screening.models import Bank, Hunt, HuntFind, SeenMedia, Signal
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.core.matching.explain import read_evidence
from sinmungo.core.matching.texts import signatures
from sinmungo.journeys import hunt
from sinmungo.journeys.hunting import looking
from tests.apps.screening.banks import made as banks
from tests.journeys import matched

pytestmark = pytest.mark.django_db
PICTURE, OTHER = banks.bits(1), banks.bits(2)
TEXT = "내일 저녁 여섯 시에 파랑 강가에서 다 같이 만나서 걸어요"


@pytest.fixture
def platform() -> Platform:
    return matched.platform()


@pytest.fixture
def bank() -> Bank:
    return banks.bank("known-pictures")


@pytest.fixture
def protected() -> Iterator[Bank]:
    """A sealed bank, in a process that may open it."""
    before = holding._holder
    holding.hold_sealed()
    yield banks.bank("known-pictures", is_sealed=True)
    holding._holder = before


def test_a_picture_seen_before_it_was_known_comes_before_a_person(platform: Platform, bank: Bank) -> None:
    """The post is found with its distance, judged again, and gets a case; another post gets none."""
    near = matched.came_in(platform, matched.given(OTHER), matched.given(banks.flipped(PICTURE, 3, 70, 200)))
    matched.came_in(platform, matched.given(banks.bits(3)))
    matched.settled()
    assert not Case.objects.exists()
    wanted = matched.learned(bank, banks.picture(PICTURE))
    matched.hunted()
    find = HuntFind.objects.get()
    told = read_evidence(find.evidence)
    assert (find.version_id, find.place, find.hunt_id) == (near.pk, 1, wanted.pk)
    assert told is not None and (told.place, told.of, told.distance) == (2, 2, 3)
    matched.judged()
    assert Case.objects.get().item_id == near.item_id


def test_it_says_how_far_it_came_and_when_it_is_done(platform: Platform, bank: Bank) -> None:
    """What there is to look at is counted when it begins, what was looked at and found as it goes."""
    for seed in range(5):
        matched.came_in(platform, matched.given(banks.bits(seed)))
    matched.learned(bank, banks.picture(PICTURE), banks.picture(OTHER))
    asked = hunts.progress(bank, seen_by=None)[0]
    assert (asked.share, asked.total, asked.done_at, asked.seconds_left) == (0.0, 0, None, None)
    matched.hunted()
    done = hunts.progress(bank, seen_by=None)[0]
    assert (done.share, done.total, done.looked, done.found, done.seconds_left) == (1.0, 5, 5, 2, 0.0)
    assert done.done_at is not None
    assert Entry.objects.filter(kind="screening.hunt.ended").count() == 1


def test_it_goes_on_where_it_was_slice_by_slice(
    platform: Platform, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that is over gives the search back; the next goes on, and nothing is found twice."""
    monkeypatch.setattr(looking, "LARGEST_SLICE", 2)
    for _ in range(5):
        matched.came_in(platform, matched.given(PICTURE))
    wanted = matched.learned(bank, banks.picture(PICTURE))
    monkeypatch.setattr(hunt, "TURN_SECONDS", -1.0)
    seen = []
    for _ in range(20):
        hunt.keep(now=clock.now(), limit=1)
        wanted.refresh_from_db()
        seen.append(wanted.looked)
        if wanted.done_at:
            break
    assert seen == sorted(seen)
    assert wanted.done_at is not None
    assert (wanted.looked, wanted.found, HuntFind.objects.count()) == (5, 5, 5)


def test_a_large_clip_ends_a_slice(platform: Platform, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice is bounded by its bytes too, and the search still looks at everything."""
    monkeypatch.setattr(looking, "BYTES_A_SLICE", 40)
    for _ in range(3):
        matched.came_in(platform, matched.given(PICTURE))
    matched.learned(bank, banks.picture(PICTURE))
    matched.hunted()
    assert HuntFind.objects.count() == 3


def test_files_and_clips_are_found_too(platform: Platform, bank: Bank) -> None:
    """By their digests, SHA-256 or MD5, and by the frames that two clips have in common."""
    frames = b"".join(banks.bits(seed) for seed in range(10, 20))
    digest = banks.digest("a file")
    by_digest = matched.came_in(platform, {"sha256": digest.hex()})
    by_md5 = matched.came_in(platform, {"sha256": banks.digest("b").hex()}, {"md5": "ab" * 16})
    by_frames = matched.came_in(platform, {"kind": "video/mp4"})
    seen.ready()
    SeenMedia.objects.filter(version=by_frames).update(hashes=seen.sealed([frames])[0], is_clip=True)
    matched.learned(
        bank,
        banks.NewFingerprint("sha256", digest),
        banks.NewFingerprint("md5", bytes.fromhex("ab" * 16)),
        banks.NewFingerprint("clip", frames[:-32]),
    )
    matched.hunted()
    found = {(find.version_id, find.place) for find in HuntFind.objects.all()}
    assert found == {(by_digest.pk, 0), (by_md5.pk, 1), (by_frames.pk, 0)}


def test_texts_are_looked_through_only_where_texts_are_looked_for(platform: Platform, bank: Bank) -> None:
    """A near-duplicate text is found, and media are not looked at for its sake."""
    near = matched.came_in(platform, matched.given(PICTURE), text=TEXT.replace("다 같이", "같이"))
    matched.came_in(platform, text="")
    wanted = matched.learned(bank, banks.NewFingerprint("text", signatures([TEXT]).astype("<u4").tobytes()))
    matched.hunted()
    wanted.refresh_from_db()
    find = HuntFind.objects.get()
    assert (find.version_id, find.place) == (near.pk, hunts.TEXT)
    assert wanted.looked == Version.objects.count()


def test_both_are_looked_through_where_both_are_looked_for(platform: Platform, bank: Bank) -> None:
    """Media first, then texts; one find of each."""
    matched.came_in(platform, matched.given(PICTURE), text=TEXT)
    matched.learned(
        bank,
        banks.NewFingerprint("text", signatures([TEXT]).astype("<u4").tobytes()),
        banks.picture(PICTURE),
    )
    matched.hunted()
    assert sorted(HuntFind.objects.values_list("place", flat=True)) == [hunts.TEXT, 0]


def test_only_what_is_new_is_looked_for(platform: Platform, bank: Bank) -> None:
    """A fingerprint that was there before is not searched for again; a search of the whole bank finds it."""
    matched.came_in(platform, matched.given(PICTURE))
    banks.add(bank, banks.picture(PICTURE))
    matched.learned(bank, banks.picture(OTHER))
    matched.hunted()
    assert not HuntFind.objects.exists()
    bank.refresh_from_db()
    assert hunts.ask(bank=bank, actor=SYSTEM, at=clock.now()).is_new
    matched.hunted()
    assert HuntFind.objects.count() == 1


def test_what_was_withdrawn_meanwhile_is_not_found(
    platform: Platform, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the next step on nobody is found by it."""
    monkeypatch.setattr(looking, "LARGEST_SLICE", 1)
    monkeypatch.setattr(hunt, "TURN_SECONDS", -1.0)
    for _ in range(3):
        matched.came_in(platform, matched.given(PICTURE))
    matched.learned(bank, banks.picture(PICTURE))
    hunt.keep(now=clock.now(), limit=1)
    before = HuntFind.objects.count()
    assert before < 3
    banks.withdraw(bank, contents=[("pdq", banks.picture(PICTURE).content)])
    matched.hunted()
    assert HuntFind.objects.count() == before
    assert not Hunt.objects.filter(done_at__isnull=True).exists()


def test_a_disabled_bank_waits_and_goes_on_when_it_is_enabled(platform: Platform, bank: Bank) -> None:
    """While it waits it is not late, counts as no failure, and says what it waits for."""
    matched.came_in(platform, matched.given(PICTURE))
    wanted = matched.learned(bank, banks.picture(PICTURE))
    banks.change(bank, is_enabled=False)
    matched.hunted()
    wanted.refresh_from_db()
    assert (wanted.done_at, wanted.attempts, wanted.due_at > clock.now()) == (None, 0, True)
    assert hunts.progress(bank, seen_by=None)[0].waits == hunts.DISABLED
    banks.change(bank, is_enabled=True)
    matched.hunted(after=hunts.UNTIL_ENABLED + timedelta(minutes=1), turns=2)
    assert HuntFind.objects.count() == 1


def test_what_a_negative_bank_names_is_not_found(platform: Platform, bank: Bank) -> None:
    """A picture that is never a match mutes an open bank's search as it does on arrival."""
    banks.add(banks.bank("never", is_negative=True), banks.picture(PICTURE))
    matched.came_in(platform, matched.given(PICTURE))
    matched.learned(bank, banks.picture(banks.flipped(PICTURE, 1)))
    matched.hunted()
    assert not HuntFind.objects.exists()


def test_a_protected_bank_is_searched_and_its_finds_keep_no_hash(platform: Platform, protected: Bank) -> None:
    """Where, how near and which fingerprint, and nothing that could be turned into a picture."""
    matched.came_in(platform, matched.given(PICTURE))
    matched.learned(protected, banks.picture(PICTURE))
    matched.hunted()
    find = HuntFind.objects.get()
    assert PICTURE.hex() not in find.evidence
    assert PICTURE.hex() not in repr(list(Entry.objects.values_list("body", "subject")))
    assert hunts.progress(protected, seen_by=None)[0].found == 0


def test_of_what_was_changed_or_deleted_since_only_the_find_remains(platform: Platform, bank: Bank) -> None:
    """It is known that it was seen; nobody is asked about what no longer stands."""
    changed = matched.came_in(platform, matched.given(PICTURE), external_id="changed")
    matched.came_in(platform, external_id="changed")
    deleted = matched.came_in(platform, matched.given(PICTURE))
    Item.objects.filter(pk=deleted.item_id).update(deleted_at=clock.now())
    matched.settled()
    matched.learned(bank, banks.picture(PICTURE))
    matched.hunted()
    matched.judged()
    found = set(HuntFind.objects.values_list("version_id", flat=True))
    assert found == {changed.pk, deleted.pk}
    assert not Case.objects.exists()
    assert not Signal.objects.filter(source="match").exists()


def test_a_platform_that_only_observes_is_searched_and_gets_no_case(bank: Bank) -> None:
    """What was found is judged again and stays a verdict."""
    platform = matched.platform(PlatformMode.OBSERVE)
    version = matched.came_in(platform, matched.given(PICTURE))
    matched.settled()
    matched.learned(bank, banks.picture(PICTURE))
    matched.hunted()
    matched.judged()
    assert Signal.objects.get(source="match").version_id == version.pk
    assert not Case.objects.exists()


def test_many_acts_before_it_begins_are_one_search(platform: Platform, bank: Bank) -> None:
    """Fingerprints that are added one after another are looked for together."""
    matched.came_in(platform, matched.given(PICTURE), matched.given(OTHER))
    first = matched.learned(bank, banks.picture(PICTURE))
    second = matched.learned(bank, banks.picture(OTHER))
    assert first.pk == second.pk
    matched.hunted()
    assert HuntFind.objects.count() == 2
    assert matched.learned(bank, banks.picture(banks.bits(5))).pk != first.pk


def test_a_search_under_way_is_not_asked_for_twice(bank: Bank, platform: Platform) -> None:
    """Asking again returns the one that is owed; once it has ended a new one begins."""
    banks.add(bank, banks.picture(PICTURE))
    first = hunts.ask(bank=bank, actor=SYSTEM, at=clock.now())
    again = hunts.ask(bank=bank, actor=SYSTEM, at=clock.now())
    assert (first.is_new, again.is_new, again.hunt.pk) == (True, False, first.hunt.pk)
    matched.hunted()
    assert hunts.ask(bank=bank, actor=SYSTEM, at=clock.now()).is_new
    assert Entry.objects.filter(kind="screening.hunt.asked").count() == 2


@pytest.mark.parametrize("what", ["disabled", "ended", "negative"])
def test_a_bank_that_matches_nothing_is_not_searched_for(what: str) -> None:
    """It says so instead of promising a search that finds nothing."""
    bank = banks.bank("silent", is_negative=what == "negative")
    if what != "negative":
        more: dict[str, Any] = {"is_enabled": False} if what == "disabled" else {"expires_at": clock.now()}
        banks.change(bank, **more)
    with pytest.raises(NothingToHunt):
        hunts.ask(bank=bank, actor=SYSTEM, at=clock.now())


def test_a_search_that_fails_stays_owed(
    platform: Platform, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong is told by its class alone, and the search is tried again."""
    matched.came_in(platform, matched.given(PICTURE))
    wanted = matched.learned(bank, banks.picture(PICTURE))

    def broken(*_: object, **__: object) -> None:
        raise ValueError("words of a stranger")

    with monkeypatch.context() as patch:
        patch.setattr(looking, "step", broken)
        matched.hunted(turns=1)
    wanted.refresh_from_db()
    assert (wanted.done_at, wanted.last_error) == (None, "ValueError")
    matched.hunted(after=timedelta(minutes=1))
    assert HuntFind.objects.count() == 1


def test_whoever_lost_the_search_to_another_writes_nothing(
    platform: Platform, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease may run out while a slice is looked at: then the other's step counts and ours does not."""
    matched.came_in(platform, matched.given(PICTURE))
    wanted = matched.learned(bank, banks.picture(PICTURE))
    ours = looking.step

    def overtaken(row: Hunt, *more: Any) -> hunts.Step:
        found = ours(row, *more)
        Hunt.objects.filter(pk=row.pk).update(media_cursor=row.media_cursor + 1000)
        return found

    monkeypatch.setattr(looking, "step", overtaken)
    matched.hunted(turns=1)
    wanted.refresh_from_db()
    assert (wanted.looked, HuntFind.objects.count()) == (0, 0)
