"""One picture for one reader: fetched, treated, and gone when it was shown."""

from __future__ import annotations

import threading

from django.conf import settings
from django.utils.module_loading import import_string

from sinmungo.apps.items.models import Version
from sinmungo.journeys.picturing.places import media_of
from sinmungo.journeys.picturing.values import (
    Fetched,
    MediaFetcher,
    MediaKind,
    NotShown,
    PictureTreater,
    Treatment,
)

#: A server has few threads: however slow a platform's host is, most of them go on serving others.
AT_ONCE = 2
#: So long a reader waits for a turn; a page of pictures takes about a tenth of it for each.
TURN_SECONDS = 1.5

_turns = threading.BoundedSemaphore(AT_ONCE)


def picture(*, version: Version, place: int, treatment: Treatment) -> bytes:
    """Return a JPEG of the picture at ``place`` of a version; raises NotShown."""
    treater: PictureTreater = import_string(settings.SINMUNGO_PICTURE_TREATER)()
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise NotShown("busy", passing=True)
    try:
        return treater.treat(fetched(version, place, *MediaKind), treatment)
    finally:
        _turns.release()


def fetched(version: Version, place: int, *wanted: MediaKind) -> Fetched:
    """Return what its platform has at ``place``; raises NotShown. Reads ``version.platform``."""
    media = media_of(version)
    if not 0 <= place < len(media) or not media[place].url:
        raise NotShown("no_picture")
    fetcher: MediaFetcher = import_string(settings.SINMUNGO_MEDIA_FETCHER)()
    return fetcher.fetch(media[place].url, hosts=tuple(version.platform.media_hosts), wanted=wanted)
