"""Reading the words in pictures: what is owed, and what was read. The pictures are kept nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sinmungo.apps.base import promise
from sinmungo.apps.screening.models import PictureReading, PictureWords

MAX_WORDS = 5_000
MOST_TRIES = 6
#: How long a missing reader is waited for before it is looked for again.
UNTIL_INSTALLED = timedelta(minutes=10)


def owe(*, pictures: Iterable[tuple[uuid.UUID, int]], at: datetime) -> None:
    """Promise, in the caller's transaction, that pictures are read: each a version's id and a place in it."""
    rows = [PictureReading(version_id=version, place=place, due_at=at) for version, place in pictures]
    PictureReading.objects.bulk_create(rows, ignore_conflicts=True)


def store(*, reading: PictureReading, words: str, engine: str, at: datetime) -> bool:
    """Keep the words of one picture (masked, at most 5,000 code points) and the promise with them.

    Returns whether they are new: read twice they change nothing. Call it in a transaction.
    """
    row = PictureWords(
        version_id=reading.version_id, place=reading.place, words=words[:MAX_WORDS], engine=engine[:60], at=at
    )
    known = PictureWords.objects.filter(version_id=reading.version_id, place=reading.place).exists()
    if not known:
        row.save(force_insert=True)
    promise.kept([reading], now=at)
    return not known


def lock(reading: PictureReading) -> bool:
    """Whether a reading is still owed (a lease may run out); locks it until the transaction's end."""
    rows = PictureReading.objects.select_for_update().filter(pk=reading.pk, done_at__isnull=True)
    return rows.exists()


def put_off(*, reading: PictureReading, error: str, passing: bool, at: datetime) -> None:
    """Try again later what may pass by itself, six times in all; leave anything else as it failed."""
    if passing and reading.attempts < MOST_TRIES:
        promise.failed(reading, now=at, error=error)
        return
    left = PictureReading.objects.filter(pk=reading.pk, done_at__isnull=True)
    left.update(done_at=at, claimed_until=None, last_error=error)


def wait(*, readings: Iterable[PictureReading], error: str, until: datetime) -> None:
    """Put readings off for a reason that is not theirs; it counts as no try."""
    for row in readings:
        rows = PictureReading.objects.filter(pk=row.pk, done_at__isnull=True)
        rows.update(due_at=until, claimed_until=None, attempts=max(row.attempts - 1, 0), last_error=error)
