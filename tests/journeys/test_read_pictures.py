"""The words inside pictures: promised, read once, masked, and judged with the item."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import pictures
from sinmungo.apps.screening.models import PictureReading, PictureWords
from sinmungo.journeys import adopt, read_pictures, receive
from sinmungo.journeys.picturing import owing
from sinmungo.journeys.picturing.values import NotShown
from tests.adapters.test_media import head
from tests.adapters.test_tesseract import needs_tesseract
from tests.adapters.test_webhooks import Speaking
from tests.apps.items import made
from tests.common import drawn
from tests.journeys.packs import MATCHING, QUIET

pytestmark = pytest.mark.django_db
TESSERACT = "sinmungo.adapters.tesseract.Tesseract"
HERE = f"{__name__}.Reader"


class Reader:
    """Reads what a test says, or fails as it says."""

    engine = "invented 1"
    says: str | Exception = ""
    asked = 0

    def read(self, image: bytes) -> str:
        Reader.asked += 1
        assert image.startswith(b"\x89PNG")
        if isinstance(Reader.says, Exception):
            raise Reader.says
        return Reader.says


class Missing:
    """A reader that is not installed."""

    def __init__(self) -> None:
        raise NotShown("no_reader", passing=True)


@pytest.fixture(autouse=True)
def _on(settings: Any) -> None:
    settings.SINMUNGO_PICTURE_READER = HERE
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    Reader.says, Reader.asked = "", 0


@pytest.fixture
def there() -> Iterator[Speaking]:
    """A platform's host that has a picture with a sentence in it."""
    content = drawn.written(drawn.sentence("다시 나타나면\n가만두지 않겠다"), "PNG")
    answer = head(len(content), "image/png") + content
    with Speaking(lambda connection: connection.sendall(answer)) as serving:
        yield serving


@pytest.fixture
def platform() -> Platform:
    found = made.platform()
    adopt.adopt(platform=found, source=MATCHING, actor=SYSTEM)
    items.set_media_hosts(platform=found, hosts=["127.0.0.1"], actor=SYSTEM)
    return found


def came_in(platform: Platform, *urls: str, kind: str = "image", event: str = "e1") -> Version:
    """Take an event with pictures, whose reading is owed from then on."""
    media = [{"sha256": f"{place:064x}", "kind": kind, "url": url} for place, url in enumerate(urls)]
    raw = made.event(event, text=QUIET, media=media)
    receive.take(platform=platform, raw=[raw], actor=platform_actor(platform.pk))
    return Version.objects.get(event_id=event)


def keep(after: timedelta = timedelta(0)) -> datetime:
    """Let the keeper work once, at a moment from now."""
    now = clock.now() + after
    read_pictures.keep(now=now, limit=50)
    return now


def judged() -> None:
    receive.keep(now=clock.now(), limit=50)


def test_words_in_a_picture_are_judged_with_the_item(platform: Platform, there: Speaking) -> None:
    """What a text would bring before a person comes before one when it stands in a picture."""
    Reader.says = "다시 나타나면\n가만두지 않겠다"
    version = came_in(platform, there.url)
    judged()
    assert not Case.objects.exists()
    keep()
    row = PictureWords.objects.get()
    assert (row.version_id, row.place, row.words, row.engine) == (version.pk, 0, Reader.says, "invented 1")
    judged()
    assert Case.objects.get().item_id == version.item_id


@needs_tesseract
def test_tesseract_reads_them(platform: Platform, there: Speaking, settings: Any) -> None:
    """The same with the reader that comes with the product."""
    settings.SINMUNGO_PICTURE_READER = TESSERACT
    version = came_in(platform, there.url)
    keep()
    assert "가만두지" in PictureWords.objects.get().words
    judged()
    assert Case.objects.get().item_id == version.item_id


def test_numbers_are_masked_before_anything_is_stored(platform: Platform, there: Speaking) -> None:
    """A resident number in a picture is hidden, also one that is cut off at the end."""
    luck = random.Random(11)
    number = (
        f"{luck.randrange(60, 99)}0{luck.randrange(1, 9)}1{luck.randrange(0, 9)}-1{luck.randrange(10**6):06}"
    )
    filler = "가" * (pictures.MAX_WORDS - 8)
    Reader.says = f"{filler}{number}"
    came_in(platform, there.url)
    keep()
    words = PictureWords.objects.get().words
    assert len(words) == pictures.MAX_WORDS
    assert not set(words) & set("0123456789")


def test_a_picture_is_read_once(platform: Platform, there: Speaking) -> None:
    """Kept twice, owed twice: there is one reading and one judging more."""
    Reader.says = "강가"
    version = came_in(platform, there.url)
    owing.owe(platform=platform, stored=[owing.NewVersion(version.pk, version.attributes)], at=clock.now())
    assert PictureReading.objects.count() == 1
    keep()
    keep(timedelta(hours=2))
    assert Reader.asked == 1
    PictureReading.objects.update(done_at=None, claimed_until=None)
    keep(timedelta(hours=2))
    assert PictureWords.objects.count() == 1
    assert EventBatch.objects.count() == 2


def test_a_picture_without_words_asks_for_no_judging(platform: Platform, there: Speaking) -> None:
    """That it was read is kept; the verdict stays."""
    Reader.says = " \n\x00 "
    came_in(platform, there.url)
    keep()
    assert PictureWords.objects.get().words == ""
    assert EventBatch.objects.count() == 1


def test_only_still_pictures_with_an_address_are_owed_and_ten_at_most(platform: Platform) -> None:
    """Clips, sound and pictures without an address are not read; of many the first ten are."""
    came_in(platform, "https://a.example.org/", kind="video/mp4", event="clip")
    came_in(platform, "https://a.example.org/", kind="audio", event="sound")
    came_in(platform, "", event="nowhere")
    assert not PictureReading.objects.exists()
    came_in(platform, *["https://a.example.org/"] * (owing.MOST_READ + 3), event="many")
    assert PictureReading.objects.count() == owing.MOST_READ


def test_nothing_is_owed_where_nobody_reads(platform: Platform, settings: Any) -> None:
    """Without a reader, or without listed hosts, no promise is made."""
    settings.SINMUNGO_PICTURE_READER = ""
    came_in(platform, "https://a.example.org/", event="a")
    settings.SINMUNGO_PICTURE_READER = HERE
    items.set_media_hosts(platform=platform, hosts=[], actor=SYSTEM)
    came_in(platform, "https://a.example.org/", event="b")
    assert not PictureReading.objects.exists()


def test_a_reader_that_is_switched_off_ends_what_is_owed(platform: Platform, settings: Any) -> None:
    """What was promised before is left unread, and says why."""
    came_in(platform, "https://a.example.org/")
    settings.SINMUNGO_PICTURE_READER = ""
    keep()
    row = PictureReading.objects.get()
    assert (row.done_at is not None, row.last_error) == (True, "pictures.off")


def test_a_reader_that_is_missing_is_waited_for(platform: Platform, there: Speaking, settings: Any) -> None:
    """Until it is installed nothing is lost, and the waiting counts as no try."""
    came_in(platform, there.url)
    settings.SINMUNGO_PICTURE_READER = f"{__name__}.Missing"
    now = keep()
    row = PictureReading.objects.get()
    assert (row.done_at, row.attempts, row.last_error) == (None, 0, "pictures.no_reader")
    assert row.due_at == now + pictures.UNTIL_INSTALLED
    settings.SINMUNGO_PICTURE_READER = HERE
    keep(timedelta(hours=1))
    assert PictureWords.objects.count() == 1


@pytest.mark.parametrize(
    "broken", [NotShown("not_read"), NotShown("busy", passing=True), ValueError("words")]
)
def test_what_fails_leaves_the_item_as_it_is(platform: Platform, there: Speaking, broken: Exception) -> None:
    """It is tried again if that may help, six times at most; the reason is a code without anybody's words."""
    Reader.says = broken
    came_in(platform, there.url)
    for days in range(pictures.MOST_TRIES + 2):
        keep(timedelta(days=days))
    row = PictureReading.objects.get()
    passing = not isinstance(broken, NotShown) or broken.passing
    assert row.done_at is not None
    assert Reader.asked == row.attempts == (pictures.MOST_TRIES if passing else 1)
    assert row.last_error.startswith("pictures.")
    assert "words" not in row.last_error
    assert not PictureWords.objects.exists()
    judged()
    assert not Case.objects.exists()


def test_an_address_that_is_not_listed_is_given_up(platform: Platform) -> None:
    """It is not asked, now or later."""
    came_in(platform, "https://elsewhere.example.org/a.png")
    keep()
    row = PictureReading.objects.get()
    assert (row.done_at is not None, row.last_error) == (True, "pictures.host_not_listed")


def test_what_was_changed_or_deleted_since_is_not_read(platform: Platform, there: Speaking) -> None:
    """Only what stands on the platform now is looked at."""
    first = came_in(platform, there.url)
    Item.objects.filter(pk=first.item_id).update(deleted_at=clock.now())
    keep()
    assert Reader.asked == 0
    assert not PictureReading.objects.filter(done_at__isnull=True).exists()


def test_two_are_read_at_a_time(platform: Platform, there: Speaking) -> None:
    """Whatever is due, the worker's other promises wait for two at most."""
    came_in(platform, *[there.url] * 5)
    keep()
    assert PictureWords.objects.count() == read_pictures.AT_ONCE
    keep()
    keep()
    assert PictureWords.objects.count() == 5


def test_no_table_can_hold_a_picture(platform: Platform, there: Speaking) -> None:
    """Reading leaves words and nothing of the picture, in no column of any table."""
    Reader.says = "강가"
    came_in(platform, there.url)
    keep()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables' names
            held = repr(cursor.fetchall())
            assert "PNG" not in held
            assert "IHDR" not in held
