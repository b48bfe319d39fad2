"""Fetching pictures and clips and having them hashed, a few side by side. Touches no database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.utils.module_loading import import_string

from sinmungo.apps.screening.models import MediaHashing
from sinmungo.journeys.picturing.places import may_be_seen, media_of
from sinmungo.journeys.picturing.show import fetched
from sinmungo.journeys.picturing.values import Hashes, MediaHasher, MediaKind, NotShown

#: Hashed side by side.
AT_ONCE = 2
#: After so many seconds nothing new is begun: the worker's other promises wait no longer than for two more.
TURN_SECONDS = 2.0

Outcome = Hashes | NotShown | None


def hashed(rows: Sequence[MediaHashing]) -> dict[int, Outcome]:
    """Return what was made of each, by its key: hashes, why there are none, or None where nothing can be.

    Nothing can be where its platform tells no address, its operator listed no host or no hasher is set.
    Rows that a turn had no time for are left out.
    """
    hasher = _hasher()
    reachable = [row for row in rows if hasher is not None and _is_reachable(row)]
    left_alone = {row.pk for row in rows} - {row.pk for row in reachable}
    found: dict[int, Outcome] = dict.fromkeys(left_alone)
    if hasher is None or not reachable:
        return found
    ends = time.monotonic() + TURN_SECONDS
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(reachable), AT_ONCE):
            some = reachable[start : start + AT_ONCE]
            made = pool.map(lambda row: _hashed(hasher, row), some)
            found.update(zip([row.pk for row in some], made, strict=True))
            if time.monotonic() > ends:
                break
    return found


def _hasher() -> MediaHasher | None:
    if not settings.SINMUNGO_MEDIA_HASHER:
        return None
    made: MediaHasher = import_string(settings.SINMUNGO_MEDIA_HASHER)()
    return made


def _is_reachable(row: MediaHashing) -> bool:
    version = row.seen.version
    media = media_of(version)
    return bool(version.platform.media_hosts) and may_be_seen(media[row.seen.place])


def _hashed(hasher: MediaHasher, row: MediaHashing) -> Outcome:
    try:
        return hasher.hash(fetched(row.seen.version, row.seen.place, *MediaKind))
    except NotShown as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, the item stays as it is
        return NotShown(type(error).__name__, passing=True)
