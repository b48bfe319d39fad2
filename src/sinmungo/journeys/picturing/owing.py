"""What is owed for the pictures and clips that came in: remembered, to be hashed, to be read.

Reading and hashing are two promises and each fetches for itself: a picture is kept nowhere between them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from sinmungo.apps.items.events import Event
from sinmungo.apps.items.models import Platform
from sinmungo.apps.screening import pictures, seen
from sinmungo.core.kernel.values import PlainMedia
from sinmungo.journeys.picturing.places import is_clip, may_hold_words, media_told

#: Of one version so many pictures are read, the first ones.
MOST_READ = 10
#: What the stored attributes of a version with media hold; a cheap look before they are read.
_MEDIA = '"sha256"'


class NewVersion(NamedTuple):
    """A version that was stored: its attributes as JSON, and hashes given with it, each with its place."""

    id: uuid.UUID
    attributes: str
    given: Sequence[tuple[int, bytes]] = ()


def prepare(events: Iterable[Event]) -> None:
    """Have ready what the hashes that came with events are sealed under. Call it before the transaction."""
    if any(event.given for event in events):
        seen.ready()


def owe(*, platform: Platform, stored: Iterable[NewVersion], at: datetime) -> None:
    """Remember the media of new versions and promise what is still owed for them.

    In the caller's transaction. No words are promised where no reader is set or the platform lists no
    host for its pictures.
    """
    told = [(each, media_told(json.loads(each.attributes))) for each in stored if _MEDIA in each.attributes]
    if not told:
        return
    seen.note(media=[row for each, media in told for row in _noted(each, media)], at=at)
    if settings.SINMUNGO_PICTURE_READER and platform.media_hosts:
        wanted = [(each.id, place) for each, media in told for place in _places(media)]
        pictures.owe(pictures=wanted, at=at)


def _noted(version: NewVersion, media: Sequence[PlainMedia]) -> list[seen.NewMedia]:
    given = dict(version.given)
    return [
        seen.NewMedia(version.id, place, bytes.fromhex(each.sha256), is_clip(each), given.get(place, b""))
        for place, each in enumerate(media)
    ]


def _places(media: Sequence[PlainMedia]) -> Sequence[int]:
    return [place for place, each in enumerate(media) if may_hold_words(each)][:MOST_READ]
