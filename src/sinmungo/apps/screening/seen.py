"""Pictures and clips that were seen: what is remembered of each, and which of them are still to be hashed.

Remembered are digests and hashes, of deleted and changed items too, so that a picture can be looked for
that nobody knew of when it came. Nothing of the media itself is kept. A hash can be turned back into a
blurred picture, and what is protected tomorrow is only seen today: so hashes are sealed in their rows.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from sinmungo.apps.base import promise
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.items import bulk
from sinmungo.apps.screening.models import MediaHashing, SeenMedia, Signal
from sinmungo.apps.screening.queries_banks import SOURCE
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.apps.vault import services as vault
from sinmungo.apps.vault.errors import Destroyed

log = logging.getLogger(__name__)
MOST_TRIES = 6
#: Scores are rounded to six decimals; what differs by less is the same.
SAME_SCORE = 1e-6
#: The key of all hashes, and what they are bound to.
KEY_REF = "seen-media"
HASHES_FIELD = "screening_seenmedia.hashes"
_COLUMNS = ("version_id", "place", "sha256", "is_clip", "hashes", "seen_at", "hashed_at")
_PROMISED = """INSERT INTO screening_mediahashing (seen_id, due_at, attempts, last_error)
    SELECT id, %s, 0, '' FROM screening_seenmedia WHERE version_id IN ({}) ORDER BY id
    ON CONFLICT (seen_id) DO NOTHING"""


class NewMedia(NamedTuple):
    """A picture or clip that came in, its place in its version, and the hashes that its platform gave."""

    version_id: uuid.UUID
    place: int
    sha256: bytes
    is_clip: bool
    hashes: bytes


class Made(NamedTuple):
    """What was made of a picture or clip: records of 33 bytes, of a clip 32 bytes for each frame."""

    row: MediaHashing
    is_clip: bool
    hashes: bytes


class Remembered(NamedTuple):
    """What is remembered of one picture or clip, opened."""

    place: int
    sha256: bytes
    is_clip: bool
    hashes: bytes

    def __repr__(self) -> str:
        return "Remembered(···)"


def ready() -> None:
    """Have the key on the disk. Call it before a transaction that writes hashes."""
    vault.ensure([KEY_REF])


def sealed(hashes: Sequence[bytes]) -> list[bytes]:
    """Return hashes as rows keep them, each empty one as it is."""
    blobs = iter(vault.seal_many([(KEY_REF, HASHES_FIELD, each) for each in hashes if each]))
    return [next(blobs) if each else b"" for each in hashes]


def opened(rows: Sequence[bytes | memoryview[int]]) -> list[bytes]:
    """Return hashes as they were before they were sealed; of a damaged row nothing is left.

    Where the key is gone nothing is left of any, and what was seen is judged by what else there is.
    """
    blobs = [bytes(each) for each in rows if each]
    try:
        plain = iter(vault_queries.unseal_many(KEY_REF, HASHES_FIELD, blobs) if blobs else ())
    except Destroyed:
        log.critical("the key of the hashes of what was seen is gone")
        return [b"" for _ in rows]
    return [(next(plain) or b"") if each else b"" for each in rows]


def note(*, media: Sequence[NewMedia], at: datetime) -> None:
    """Remember the media of new versions, and promise their hashes, in the caller's transaction.

    Twice changes nothing.
    """
    if not media:
        return
    uid, moment = bulk.uuid_writer(), bulk.moment(at)
    kept = _kept([each.hashes for each in media], at)
    rows = [
        (uid(each.version_id), each.place, each.sha256, each.is_clip, hashes, moment, None)
        for each, hashes in zip(media, kept, strict=True)
    ]
    base_rows.write(
        "screening_seenmedia", _COLUMNS, rows, conflict="ON CONFLICT (version_id, place) DO NOTHING"
    )
    versions = list(dict.fromkeys(row[0] for row in rows))
    places = ", ".join(["%s"] * len(versions))
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED.format(places), [moment, *versions])


def _kept(hashes: Sequence[bytes], at: datetime) -> list[bytes]:
    """Return hashes as the rows of this transaction keep them."""
    if not any(hashes):
        return list(hashes)
    vault.register([KEY_REF], at=at)
    return sealed(hashes)


def hashes_of(version_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Remembered]]:
    """Return what is remembered of the media of versions, each in the order of its places."""
    found: dict[uuid.UUID, list[Remembered]] = {}
    if version_ids:
        rows = list(SeenMedia.objects.filter(version_id__in=version_ids).order_by("place"))
        for row, hashes in zip(rows, opened([row.hashes for row in rows]), strict=True):
            told = Remembered(row.place, bytes(row.sha256), row.is_clip, hashes)
            found.setdefault(row.version_id, []).append(told)
    return found


def told_matches(version_ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], float]:
    """Return the best score that was told of each version and bank, the bank as its signals name it."""
    rows = Signal.objects.filter(version_id__in=version_ids, source=SOURCE)
    found: dict[tuple[uuid.UUID, str], float] = {}
    for version, name, score in rows.values_list("version_id", "name", "score"):
        found[version, name] = max(score, found.get((version, name), 0.0))
    return found


def loaded(claimed: Sequence[MediaHashing]) -> list[MediaHashing]:
    """Return claimed promises in their order, each with its media, version, item and platform."""
    rows = MediaHashing.objects.select_related("seen__version__platform", "seen__version__item")
    known = rows.in_bulk([row.pk for row in claimed])
    return [known[row.pk] for row in claimed]


def not_compared(version_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those of the versions with a picture or clip that is still to be compared with banks."""
    owed = MediaHashing.objects.filter(seen__version_id__in=version_ids, done_at__isnull=True)
    return frozenset(owed.values_list("seen__version_id", flat=True))


def still_owed(rows: Sequence[MediaHashing]) -> list[MediaHashing]:
    """Return the promises that nobody kept meanwhile (a lease may run out); locks them until the end."""
    owed = MediaHashing.objects.select_for_update().filter(pk__in=[row.pk for row in rows])
    keys = set(owed.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True))
    return [row for row in rows if row.pk in keys]


def keep_hashes(*, made: Collection[Made], at: datetime) -> None:
    """Write hashes into what is remembered, in the caller's transaction."""
    for each, hashes in zip(made, _kept([each.hashes for each in made], at), strict=True):
        seen = each.row.seen
        seen.is_clip, seen.hashes, seen.hashed_at = each.is_clip, hashes, at
    base_rows.update([each.row.seen for each in made], columns=("is_clip", "hashes", "hashed_at"))


def put_off(*, row: MediaHashing, error: str, passing: bool, at: datetime) -> None:
    """Try again later what may pass by itself, six times in all; leave anything else as it failed."""
    if passing and row.attempts < MOST_TRIES:
        promise.failed(row, now=at, error=error)
        return
    owed = MediaHashing.objects.filter(pk=row.pk, done_at__isnull=True)
    owed.update(done_at=at, claimed_until=None, last_error=error)


def give_back(rows: Iterable[MediaHashing]) -> None:
    """Let others take promises that were claimed and not looked at; it counts as no try."""
    for row in rows:
        owed = MediaHashing.objects.filter(pk=row.pk, done_at__isnull=True)
        owed.update(claimed_until=None, attempts=max(row.attempts - 1, 0))
