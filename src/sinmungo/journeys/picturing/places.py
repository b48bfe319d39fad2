"""Which pictures and clips a version has, as its platform told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sinmungo.apps.items.events import tells_of_clip
from sinmungo.apps.items.models import Version
from sinmungo.apps.screening.seen import Remembered
from sinmungo.core.kernel.values import PlainMedia

_SOUNDS = ("audio", "sound", "voice")


def media_of(version: Version | None) -> tuple[PlainMedia, ...]:
    """Return the media of a version in its order; a place is a position in it, counted from 0."""
    return media_told(json.loads(version.attributes)) if version is not None else ()


def media_told(attributes: Mapping[str, Any]) -> tuple[PlainMedia, ...]:
    """Return the media that the attributes of a version name, in their order."""
    told = attributes.get("media", ())
    return tuple(PlainMedia(m["sha256"], m["kind"], m["url"], m.get("md5", "")) for m in told)


def with_hashes(media: Sequence[PlainMedia], seen: Sequence[Remembered]) -> tuple[PlainMedia, ...]:
    """Return the media of a version, each with the hashes that are remembered of it."""
    if not seen:
        return tuple(media)
    known = {row.place: row for row in seen}
    return tuple(
        _with_hashes(each, known[place]) if place in known else each for place, each in enumerate(media)
    )


def _with_hashes(media: PlainMedia, row: Remembered) -> PlainMedia:
    if row.is_clip:
        return replace(media, is_clip=True, frames=row.hashes)
    return replace(media, hashes=row.hashes)


def is_clip(media: PlainMedia) -> bool:
    """Whether the platform calls it a clip."""
    return tells_of_clip(media.kind)


def may_hold_words(media: PlainMedia) -> bool:
    """Whether it is a still picture with an address, as far as the platform told."""
    return may_be_seen(media) and not is_clip(media)


def may_be_seen(media: PlainMedia) -> bool:
    """Whether it is a picture or clip with an address, as far as the platform told."""
    return bool(media.url) and not media.kind.lower().startswith(_SOUNDS)
