"""Promising to read what came in with words in its pictures."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from sinmungo.apps.items.models import Platform
from sinmungo.apps.screening import pictures
from sinmungo.core.kernel.values import PlainMedia
from sinmungo.journeys.picturing.places import may_hold_words

#: Of one version so many pictures are read, the first ones.
MOST_READ = 10
#: What the stored attributes of a version with media hold; a cheap look before they are read.
_MEDIA = '"sha256"'


def owe(*, platform: Platform, stored: Iterable[tuple[uuid.UUID, str]], at: datetime) -> None:
    """Promise, in the caller's transaction, that the pictures of versions are read.

    ``stored`` holds each version's id and its attributes as JSON. Nothing is promised where no reader is set
    or the platform lists no host for its pictures.
    """
    if not settings.SINMUNGO_PICTURE_READER or not platform.media_hosts:
        return
    wanted = [(version, place) for version, told in stored if _MEDIA in told for place in _places(told)]
    if wanted:
        pictures.owe(pictures=wanted, at=at)


def _places(attributes: str) -> Sequence[int]:
    media = json.loads(attributes).get("media", ())
    plain = [PlainMedia(each["sha256"], each["kind"], each["url"]) for each in media]
    return [place for place, each in enumerate(plain) if may_hold_words(each)][:MOST_READ]
