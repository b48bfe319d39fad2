"""The words inside pictures: fetched, read, masked and stored, and then the item is judged again.

A picture's bytes live in memory for as long as they are read. What cannot be fetched or read stays
unread: the item and its verdict stay as they are, and the promise says by a code why.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from sinmungo.apps.base import actors, promise
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items import queries as items
from sinmungo.apps.screening import pictures
from sinmungo.apps.screening.models import PictureReading
from sinmungo.core.text.identifiers import mask_identifiers
from sinmungo.journeys.picturing.show import fetched
from sinmungo.journeys.picturing.values import MediaKind, NotShown, PictureReader

#: Read side by side; the worker's other promises wait for no more than these.
AT_ONCE = 2
LEASE = timedelta(minutes=3)
OFF = "pictures.off"
_READING = actors.automation("picture_words")


def keep(now: datetime, limit: int) -> int:
    """Read up to two of the pictures that are due, side by side; return how many promises were taken."""
    claimed = promise.claim(PictureReading, now=now, limit=min(limit, AT_ONCE), lease=LEASE)
    due = _wanted(claimed, now) if claimed else []
    if not settings.SINMUNGO_PICTURE_READER:
        for row in due:
            pictures.put_off(reading=row, error=OFF, passing=False, at=now)
    elif due:
        _read_all(due, now)
    return len(claimed)


def _read_all(due: Sequence[PictureReading], now: datetime) -> None:
    try:
        reader: PictureReader = import_string(settings.SINMUNGO_PICTURE_READER)()
    except NotShown as error:  # not installed, which no picture can help
        pictures.wait(readings=due, error=_code(error), until=now + pictures.UNTIL_INSTALLED)
        return
    with ThreadPoolExecutor(len(due)) as pool:
        found = list(pool.map(lambda row: _read(reader, row), due))
    for row, words in zip(due, found, strict=True):
        _settled(row, words, reader.engine, now)


def _wanted(claimed: Sequence[PictureReading], now: datetime) -> list[PictureReading]:
    """Keep what nobody needs any more (the item was changed or deleted since); return the rest, loaded."""
    loaded = PictureReading.objects.select_related("version__platform", "version__item").in_bulk(
        [row.pk for row in claimed]
    )
    rows = [loaded[row.pk] for row in claimed]
    stale = [row for row in rows if not _is_current(row)]
    promise.kept(stale, now=now)
    return [row for row in rows if row not in stale]


def _is_current(row: PictureReading) -> bool:
    item = row.version.item
    latest = items.latest_version(item)
    return item.deleted_at is None and latest is not None and latest.pk == row.version_id


def _read(reader: PictureReader, row: PictureReading) -> str | NotShown:
    """Return the masked words of a picture, or why there are none. Touches no database."""
    try:
        picture = fetched(row.version, row.place, MediaKind.PICTURE)
        words = reader.read(picture.content).replace("\0", " ").strip()  # U+0000 cannot be stored
        return mask_identifiers(words).text[: pictures.MAX_WORDS]  # cut first, half a number would stay
    except NotShown as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, the item stays as it is
        return NotShown(type(error).__name__, passing=True)


def _settled(row: PictureReading, words: str | NotShown, engine: str, now: datetime) -> None:
    if isinstance(words, NotShown):
        pictures.put_off(reading=row, error=_code(words), passing=words.passing, at=now)
        return
    with transaction.atomic():
        if not pictures.lock(row):
            return
        is_new = pictures.store(reading=row, words=words, engine=engine, at=now)
        if is_new and words:
            intake.store_batch(
                platform_id=row.version.platform_id,
                cause=EventBatch.Cause.EVENTS,
                version_ids=[row.version_id],
                at=now,
                actor=_READING,
            )


def _code(error: NotShown) -> str:
    return f"pictures.{error.code}"
