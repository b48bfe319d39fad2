"""What was seen, read by the ten thousand: as plain rows, because most of them match nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from sinmungo.apps.screening import seen
from sinmungo.core.matching.fingerprints import RECORD_BYTES

_SOME = 500
_AFTER = """SELECT id, version_id, place, sha256, is_clip, hashes FROM screening_seenmedia
    WHERE id > %s ORDER BY id LIMIT %s"""


class SeenRow(NamedTuple):
    """One picture or clip that was seen; ``version_id`` is in the form that this database stores."""

    pk: int
    version_id: uuid.UUID | str
    place: int
    sha256: bytes
    is_clip: bool
    hashes: bytes

    @property
    def version(self) -> uuid.UUID:
        """The id of its version."""
        told = self.version_id
        return told if isinstance(told, uuid.UUID) else uuid.UUID(told)

    def __repr__(self) -> str:
        return f"SeenRow({self.pk}, ···)"


def seen_after(pk: int, *, most: int, most_bytes: int) -> list[SeenRow]:
    """Return the next media in the order they were seen, at most so many, or fewer when theirs are large."""
    found: list[SeenRow] = []
    held = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(_AFTER, [pk, most])
        while held <= most_bytes and (some := cursor.fetchmany(_SOME)):
            found += _opened(list(map(SeenRow._make, some)))
            held += sum(len(row.hashes) for row in found[-len(some) :])
    return found


def _opened(rows: list[SeenRow]) -> Iterator[SeenRow]:
    for row, hashes in zip(rows, seen.opened([row.hashes for row in rows]), strict=True):
        yield row._replace(hashes=hashes)


def stacked(rows: list[SeenRow]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the hashes of all pictures as rows of 32 bytes, and of each the place of its row in ``rows``."""
    pictures = [b"" if row.is_clip else row.hashes for row in rows]
    records = np.frombuffer(b"".join(pictures), np.uint8).reshape(-1, RECORD_BYTES)
    counts = [len(each) // RECORD_BYTES for each in pictures]
    return np.ascontiguousarray(records[:, 1:]), np.repeat(np.arange(len(rows)), counts)
