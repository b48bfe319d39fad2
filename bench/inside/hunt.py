"""A search in everything seen: media made in bulk, some of them near what a bank learns afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray
from tests.common import factories as make

from sinmungo.apps.base import clock, ids
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.banks import services as banks
from sinmungo.apps.screening.banks.services import NewFingerprint
from sinmungo.apps.screening.models import Bank, Hunt, HuntFind, SeenMedia
from sinmungo.journeys import hunt

HASHES = 16
#: Media of one version: as many as one event may bring.
PLACES = 50
PLANTED = 100
#: Bits turned over in a hash that is found.
FLIPS = 20
_COLUMNS = ("version_id", "place", "sha256", "is_clip", "hashes", "seen_at", "hashed_at")


def measure(count: str, pictures: str) -> dict[str, float]:
    """Return media a second and the seconds of a whole search for ``pictures`` that are added at once."""
    luck = np.random.default_rng(11)
    known = _seen(luck, int(count))
    bank = banks.make(name="known", title_ko="알려진 것", title_en="Known", actor=SYSTEM, at=clock.now())
    others = luck.integers(0, 256, (int(pictures) - 1, HASHES, 32), dtype=np.uint8)
    new = [NewFingerprint("pdq", _records(kit)) for kit in (known, *others)]
    found = _searched(bank, new)
    assert HuntFind.objects.count() == PLANTED, "exactly what was planted is found"
    return found


def _searched(bank: Bank, new: list[NewFingerprint]) -> dict[str, float]:
    added = banks.add(bank=bank, new=new, actor=SYSTEM, at=clock.now())
    began = time.perf_counter()
    longest = 0.0
    while True:
        turn = time.perf_counter()
        if not hunt.keep(now=clock.now(), limit=1):
            break
        longest = max(longest, time.perf_counter() - turn)
    seconds = time.perf_counter() - began
    row = Hunt.objects.get(pk=added.hunt)
    assert row.done_at is not None
    return {"seconds": seconds, "rate": row.looked / seconds, "longest_turn": longest}


def _seen(luck: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Write ``count`` media, a hundred of them with a hash near the first of those returned."""
    known = luck.integers(0, 256, (HASHES, 32), dtype=np.uint8)
    planted = set(luck.choice(count, PLANTED, replace=False).tolist())
    now = clock.now()
    seen.ready()
    for versions, start in _versions(make.platform(), count):
        hashes = luck.integers(0, 256, (len(versions) * PLACES, HASHES, 32), dtype=np.uint8)
        for place in planted & set(range(start, start + len(hashes))):
            hashes[place - start, 3] = _near(luck, known[0])
        kept = seen.sealed([_records(each) for each in hashes])
        rows = [
            (version.pk, place, luck.bytes(32), False, kept[at * PLACES + place], now, now)
            for at, version in enumerate(versions)
            for place in range(PLACES)
        ]
        with transaction.atomic():
            base_rows.insert_values(SeenMedia, _COLUMNS, rows)
    return known


def _versions(platform: Platform, count: int) -> Iterator[tuple[list[Version], int]]:
    """Yield posts by the hundred, and how many media were made before."""
    author = make.account(platform)
    for start in range(0, count // PLACES, 100):
        names = [f"post-{ids.new_id().hex}" for _ in range(min(100, count // PLACES - start))]
        yield make.posts(platform, [author] * len(names), names), start * PLACES


def _near(luck: np.random.Generator, known: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bits = np.unpackbits(known)
    bits[luck.choice(256, FLIPS, replace=False)] ^= 1
    return np.packbits(bits)


def _records(hashes: NDArray[Any]) -> bytes:
    parts = np.arange(16, 16 + len(hashes), dtype=np.uint8)[:, None]
    return np.hstack((parts, hashes)).tobytes()
