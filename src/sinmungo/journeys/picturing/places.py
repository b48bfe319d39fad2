"""Which pictures and clips a version has, as its platform told."""

from __future__ import annotations

import json

from sinmungo.apps.items.models import Version
from sinmungo.core.kernel.values import PlainMedia

_CLIPS = ("video", "clip", "movie")
_SOUNDS = ("audio", "sound", "voice")


def media_of(version: Version | None) -> tuple[PlainMedia, ...]:
    """Return the media of a version in its order; a place is a position in it, counted from 0."""
    told = json.loads(version.attributes).get("media", ()) if version is not None else ()
    return tuple(PlainMedia(each["sha256"], each["kind"], each["url"]) for each in told)


def is_clip(media: PlainMedia) -> bool:
    """Whether the platform calls it a clip."""
    return media.kind.lower().startswith(_CLIPS)


def may_hold_words(media: PlainMedia) -> bool:
    """Whether it is a still picture with an address, as far as the platform told."""
    return bool(media.url) and not media.kind.lower().startswith((*_CLIPS, *_SOUNDS))
