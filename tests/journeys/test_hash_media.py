"""Pictures and clips as they come: fetched from the platform's hosts, hashed, compared, judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.db import connection
from PIL import Image, ImageOps

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.banks import holding
from sinmungo.apps.screening.models import Bank, MediaHashing, SeenMedia, Signal
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.core.matching.decoding import decode
from sinmungo.core.matching.explain import read_evidence
from sinmungo.core.matching.fingerprints import MOST_HASHES, UNKNOWN, KitHash, pack, unpack
from sinmungo.core.matching.kit import protected as kit_of
from sinmungo.journeys import hash_media
from sinmungo.journeys.picturing import hashing
from sinmungo.journeys.picturing.values import Fetched, Hashes, MediaKind, NotShown
from tests.adapters.test_media import head
from tests.adapters.test_webhooks import Speaking
from tests.apps.screening.banks import made as banks
from tests.common import drawn
from tests.journeys import matched

pytestmark = pytest.mark.django_db
HERE = f"{__name__}.Hasher"
ADDRESS = "https://a.example.org/"


class Hasher:
    """Hashes as a test says, or fails as it says."""

    says: Hashes | Exception = Hashes()
    asked = 0

    def hash(self, fetched: Fetched) -> Hashes:
        Hasher.asked += 1
        if isinstance(Hasher.says, Exception):
            raise Hasher.says
        return Hasher.says


@pytest.fixture(autouse=True)
def _on(settings: Any) -> None:
    settings.SINMUNGO_MEDIA_HASHER = HERE
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    Hasher.says, Hasher.asked = Hashes(), 0


@pytest.fixture
def platform() -> Platform:
    found = matched.platform()
    items.set_media_hosts(platform=found, hosts=["127.0.0.1"], actor=SYSTEM)
    return found


@pytest.fixture
def bank() -> Bank:
    return banks.bank("known-pictures")


@pytest.fixture
def there() -> Iterator[Speaking]:
    """A platform's host that has a small picture."""
    with serving(drawn.written(drawn.shapes((64, 48)), "PNG"), "image/png") as found:
        yield found


def serving(content: bytes, kind: str) -> Speaking:
    answer = head(len(content), kind) + content
    return Speaking(lambda connection: connection.sendall(answer))


def keep(after: timedelta = timedelta(0)) -> datetime:
    """Let the keeper work once, at a moment from now."""
    now = clock.now() + after
    hash_media.keep(now=now, limit=50)
    return now


def landscape(seed: int = 1, size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Return hills of grey that no other seed has."""
    luck = np.random.default_rng(seed)
    field = sum(
        np.asarray(
            Image.fromarray(luck.integers(0, 256, (cells, cells), dtype=np.uint8)).resize(
                size, Image.Resampling.BICUBIC
            ),
            dtype=float,
        )
        / cells
        for cells in (4, 8, 16, 32)
    )
    return ImageOps.autocontrast(Image.fromarray((field / np.max(field) * 255).astype(np.uint8)))


def cropped(image: Image.Image) -> Image.Image:
    """Return what is left without a twentieth at each side."""
    width, height = image.size
    return image.crop((width // 20, height // 20, width - width // 20, height - height // 20))


def bordered(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, border=60, fill=255)


RE_POSTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "the same": lambda image: image,
    "cropped": cropped,
    "mirrored": ImageOps.mirror,
    "with a border": bordered,
    "smaller": lambda image: image.resize((300, 225)),
    "mirrored and cropped": lambda image: cropped(ImageOps.mirror(image)),
}


def _remembered() -> bytes:
    """Return what is remembered of the one picture or clip that was seen, opened from its seal."""
    return seen.opened([SeenMedia.objects.get().hashes])[0]


@pytest.mark.parametrize("way", RE_POSTS)
def test_a_re_post_of_a_known_picture_comes_before_a_person(
    way: str, platform: Platform, bank: Bank, settings: Any
) -> None:
    """Fetched, hashed in a confined process, found by a kit however it was altered, and judged again."""
    settings.SINMUNGO_MEDIA_HASHER = "sinmungo.adapters.hashing.hasher.ConfinedHasher"
    known = landscape()
    kit = kit_of(decode(drawn.written(known, "PNG")))
    banks.add(bank, banks.NewFingerprint("pdq", pack(kit)))
    with serving(drawn.written(RE_POSTS[way](known), "JPEG", quality=85), "image/jpeg") as there:
        version = matched.came_in(platform, {"url": there.url})
        matched.settled()
    told = read_evidence(Signal.objects.get(source="match").evidence)
    assert told is not None and told.distance is not None and told.distance <= 31
    assert Case.objects.get().item_id == version.item_id
    row = SeenMedia.objects.get()
    assert row.hashed_at is not None
    assert 0 < len(unpack(_remembered())) <= MOST_HASHES


def test_another_picture_matches_nothing(platform: Platform, bank: Bank, settings: Any) -> None:
    """It is remembered by its hashes, and judged once."""
    settings.SINMUNGO_MEDIA_HASHER = "sinmungo.adapters.hashing.hasher.ConfinedHasher"
    banks.add(bank, banks.NewFingerprint("pdq", pack(kit_of(decode(drawn.written(landscape(), "PNG"))))))
    with serving(drawn.written(landscape(2)), "image/jpeg") as there:
        matched.came_in(platform, {"url": there.url})
        matched.settled()
    assert EventBatch.objects.count() == 1
    assert SeenMedia.objects.get().hashes
    assert not Signal.objects.filter(source="match").exists()


def test_given_hashes_are_compared_without_fetching(bank: Bank) -> None:
    """A platform that never lets a picture be fetched still learns that it is known, at its first judging."""
    platform = matched.platform()
    banks.add(bank, banks.picture(banks.bits(1)))
    version = matched.came_in(platform, matched.given(banks.bits(7), banks.flipped(banks.bits(1), 5)))
    matched.settled()
    assert Signal.objects.get(source="match").version_id == version.pk
    assert Case.objects.get().item_id == version.item_id
    assert Hasher.asked == 0
    assert EventBatch.objects.count() == 1, "it was told already"
    row = MediaHashing.objects.get()
    assert (row.done_at is not None, row.last_error) == (True, "")


def test_given_hashes_stand_only_where_they_are_compared(platform: Platform) -> None:
    """What a version keeps, which people read, holds none of them."""
    version = matched.came_in(platform, matched.given(banks.bits(1), banks.bits(2)))
    assert banks.bits(1).hex() not in version.attributes
    records = unpack(_remembered())
    assert records == [KitHash(UNKNOWN, banks.bits(1)), KitHash(UNKNOWN, banks.bits(2))]


def test_what_a_bank_in_the_worker_alone_holds_is_found_after_all(platform: Platform, settings: Any) -> None:
    """Judged where protected banks are closed nothing matches; compared by the worker, it is judged again."""
    protected = banks.bank("known-pictures", is_sealed=True)
    banks.add(protected, banks.picture(banks.bits(1)), banks.file("a file"))
    by_hash = matched.came_in(platform, matched.given(banks.bits(1)))
    by_file = matched.came_in(platform, {"sha256": banks.digest("a file").hex()})
    matched.judged()
    assert not Case.objects.exists()
    before = holding._holder
    try:
        holding.hold_sealed()
        matched.settled()
    finally:
        holding._holder = before
    assert {case.item_id for case in Case.objects.all()} == {by_hash.item_id, by_file.item_id}


def test_windows_that_matched_are_remembered_before_others(
    platform: Platform, bank: Bank, there: Speaking
) -> None:
    """Of many windows sixteen are kept: what matched, one that the platform gave, then the best of ours."""
    windows = [KitHash(16 + place, banks.bits(100 + place)) for place in range(40)]
    Hasher.says = Hashes(pack(windows))
    banks.add(bank, banks.picture(banks.flipped(banks.bits(139), 1, 2)))
    matched.came_in(platform, {"url": there.url, **matched.given(banks.bits(7), banks.bits(8))})
    matched.settled()
    kept = unpack(_remembered())
    assert kept == [windows[39], KitHash(UNKNOWN, banks.bits(7)), *windows[:14]]
    assert Signal.objects.filter(source="match").exists()


def test_of_a_clip_the_frames_are_compared(platform: Platform, bank: Bank, there: Speaking) -> None:
    """What is fetched says whether it is a clip, whatever the platform called it."""
    frames = b"".join(banks.bits(seed) for seed in range(10))
    Hasher.says = Hashes(frames=frames, is_clip=True)
    banks.add(bank, banks.NewFingerprint("clip", frames[32:]))
    matched.came_in(platform, {"url": there.url, "kind": "image"})
    matched.settled()
    row = SeenMedia.objects.get()
    assert (row.is_clip, _remembered()) == (True, frames)
    told = read_evidence(Signal.objects.get(source="match").evidence)
    assert told is not None and told.kind == "clip"


def test_twice_changes_nothing(platform: Platform, bank: Bank, there: Speaking) -> None:
    """A promise that is owed again finds the signal told and asks for no other judging."""
    Hasher.says = Hashes(pack([KitHash(16, banks.bits(1))]))
    banks.add(bank, banks.picture(banks.bits(1)))
    matched.came_in(platform, {"url": there.url})
    matched.settled()
    judged = EventBatch.objects.count()
    held = _remembered()
    MediaHashing.objects.update(done_at=None)
    keep(timedelta(hours=1))
    assert (EventBatch.objects.count(), _remembered()) == (judged, held)
    assert judged == 2


def test_a_nearer_match_is_judged_again(platform: Platform, bank: Bank, there: Speaking) -> None:
    """Known by the platform's own hash at some distance, and nearer by a window: rules read the nearer."""
    banks.add(bank, banks.picture(banks.bits(1)))
    Hasher.says = Hashes(pack([KitHash(16, banks.bits(1))]))
    matched.came_in(platform, {"url": there.url, **matched.given(banks.flipped(banks.bits(1), *range(20)))})
    matched.settled()
    scores = list(Signal.objects.filter(source="match").order_by("at").values_list("score", flat=True))
    assert scores == [round(1 - 20 / 256, 6), 1.0]


def test_what_is_added_while_a_picture_is_hashed_is_found(
    platform: Platform, bank: Bank, there: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashes are written before they are compared, so nothing falls between comparing and searching."""
    Hasher.says = Hashes(pack([KitHash(16, banks.bits(1))]))
    writing = seen.keep_hashes

    def added_after(**what: Any) -> None:
        writing(**what)
        banks.add(bank, banks.picture(banks.bits(1)))

    monkeypatch.setattr(seen, "keep_hashes", added_after)
    matched.came_in(platform, {"url": there.url})
    matched.settled()
    assert Signal.objects.filter(source="match").count() == 1


def test_nothing_is_fetched_where_nothing_may_be(platform: Platform, bank: Bank, settings: Any) -> None:
    """No address, sound, no listed host or no hasher: the digest is compared and the promise kept."""
    digest = banks.digest("a file")
    banks.add(bank, banks.file("a file"))
    matched.came_in(platform, {"sha256": digest.hex()})
    matched.came_in(platform, {"sha256": digest.hex(), "url": ADDRESS, "kind": "audio/mp4"})
    items.set_media_hosts(platform=platform, hosts=[], actor=SYSTEM)
    matched.came_in(platform, {"sha256": digest.hex(), "url": ADDRESS})
    items.set_media_hosts(platform=platform, hosts=["a.example.org"], actor=SYSTEM)
    settings.SINMUNGO_MEDIA_HASHER = ""
    matched.came_in(platform, {"sha256": digest.hex(), "url": ADDRESS})
    matched.settled()
    assert Hasher.asked == 0
    assert MediaHashing.objects.filter(done_at__isnull=False, last_error="").count() == 4
    assert Case.objects.count() == 4


@pytest.mark.parametrize("broken", [NotShown("damaged"), NotShown("busy", passing=True), ValueError("words")])
def test_what_fails_leaves_the_item_as_it_is(
    platform: Platform, bank: Bank, there: Speaking, broken: Exception
) -> None:
    """Tried again if that may help, six times at most; its digest is compared all the same."""
    Hasher.says = broken
    banks.add(bank, banks.file("a file"))
    matched.came_in(platform, {"url": there.url, "sha256": banks.digest("a file").hex()})
    matched.judged()
    for days in range(seen.MOST_TRIES + 2):
        keep(timedelta(days=days))
    row = MediaHashing.objects.get()
    passing = not isinstance(broken, NotShown) or broken.passing
    assert row.done_at is not None
    assert Hasher.asked == row.attempts == (seen.MOST_TRIES if passing else 1)
    assert row.last_error.startswith("hashing.")
    assert "words" not in row.last_error
    assert SeenMedia.objects.get().hashed_at is None
    assert Signal.objects.filter(source="match").count() == 1


def test_a_host_that_is_not_listed_is_given_up(platform: Platform) -> None:
    """It is not asked, now or later."""
    matched.came_in(platform, {"url": ADDRESS})
    keep()
    row = MediaHashing.objects.get()
    assert (row.done_at is not None, row.last_error) == (True, "hashing.host_not_listed")


def test_what_was_changed_or_deleted_since_is_not_fetched(platform: Platform, there: Speaking) -> None:
    """Only what stands on the platform now is looked at."""
    matched.came_in(platform, {"url": there.url}, external_id="changed")
    matched.came_in(platform, external_id="changed")
    deleted = matched.came_in(platform, {"url": there.url})
    Item.objects.filter(pk=deleted.item_id).update(deleted_at=clock.now())
    keep()
    assert Hasher.asked == 0
    assert not MediaHashing.objects.filter(done_at__isnull=True).exists()


def test_a_turn_that_is_over_leaves_the_rest_to_the_next(
    platform: Platform, there: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is due, the worker's other promises wait for few; what was not tried counts as no try."""
    monkeypatch.setattr(hashing, "TURN_SECONDS", 0.0)
    matched.came_in(platform, *[{"url": there.url}] * 5)
    keep()
    assert Hasher.asked == hashing.AT_ONCE
    waiting = MediaHashing.objects.filter(done_at__isnull=True)
    assert set(waiting.values_list("attempts", "claimed_until")) == {(0, None)}
    keep()
    keep()
    assert MediaHashing.objects.filter(done_at__isnull=True).count() == 0


def test_media_are_noted_once(platform: Platform) -> None:
    """The same event again adds nothing; texts alone owe nothing."""
    version = matched.came_in(platform, {}, {"kind": "video/mp4"})
    row = seen.NewMedia(version.pk, 0, bytes(32), is_clip=False, hashes=b"")
    seen.note(media=[row], at=clock.now())
    matched.came_in(platform)
    assert list(SeenMedia.objects.order_by("place").values_list("place", "is_clip")) == [
        (0, False),
        (1, True),
    ]
    assert MediaHashing.objects.count() == 2


def test_no_table_can_hold_a_picture(platform: Platform, there: Speaking, settings: Any) -> None:
    """Hashing leaves hashes and nothing of the picture, in no column of any table."""
    settings.SINMUNGO_MEDIA_HASHER = "sinmungo.adapters.hashing.hasher.ConfinedHasher"
    matched.came_in(platform, {"url": there.url})
    matched.settled()
    assert Version.objects.count() == 1
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables' names
            held = repr(cursor.fetchall())
            assert "PNG" not in held
            assert "IHDR" not in held


def test_the_fetcher_is_asked_for_pictures_and_clips(platform: Platform, bank: Bank) -> None:
    """A clip is fetched as one, hashed by its frames, and its content type decides."""
    told: list[MediaKind] = []

    class Noting(Hasher):
        def hash(self, fetched: Fetched) -> Hashes:
            told.append(fetched.kind)
            return Hashes(is_clip=True)

    hasher = Noting()
    with serving(drawn.clip(2, (32, 32)), "video/mp4") as there:
        matched.came_in(platform, {"url": there.url, "kind": "image"})
        row = seen.loaded(list(MediaHashing.objects.all()))[0]
        assert hashing._hashed(hasher, row) == Hashes(is_clip=True)
    assert told == [MediaKind.CLIP]


def test_hashes_are_sealed_in_their_rows(platform: Platform, there: Speaking) -> None:
    """Given or made, none of them stands in clear; a row that was damaged is compared by its digest alone."""
    Hasher.says = Hashes(pack([KitHash(16, banks.bits(3))]))
    matched.came_in(platform, {"url": there.url, **matched.given(banks.bits(1))})
    stored = bytes(SeenMedia.objects.get().hashes)
    assert stored and banks.bits(1) not in stored
    matched.settled()
    stored = bytes(SeenMedia.objects.get().hashes)
    assert banks.bits(3) in _remembered() and banks.bits(3) not in stored
    SeenMedia.objects.update(hashes=stored[:-1] + bytes((stored[-1] ^ 1,)))
    assert _remembered() == b""


def test_without_its_key_a_picture_is_judged_by_what_else_there_is(
    platform: Platform, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the hashes is left then; the digest still finds the file."""
    banks.add(bank, banks.picture(banks.bits(1)), banks.file("a file"))
    matched.came_in(platform, matched.given(banks.bits(1)) | {"sha256": banks.digest("a file").hex()})
    monkeypatch.setattr(vault_queries, "key_vault", lambda: SimpleNamespace(secrets=lambda refs: {}))
    matched.judged()
    told = read_evidence(Signal.objects.get(source="match").evidence)
    assert told is not None and told.kind == "sha256"
