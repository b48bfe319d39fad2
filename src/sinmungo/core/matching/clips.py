"""Clips: four frames a second, each hashed as a picture is, and the share of frames that two have in common.

After vPDQ (Meta, ThreatExchange, 2019): a clip is a bag of frames' PDQ hashes, so that parts of it, and
longer clips around it, are found; frames like the one before are left out. Beyond that a clip is read in up
to five ways: the whole frames; what lies between plain bars that last; the upper and the lower half of that,
one of which stays as it was when a logo or a caption is laid over the other; and its mirror image. Readings
are rows of 32 bytes, parted by a row of zeros.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from sinmungo.core.matching.clip_readings import hashed
from sinmungo.core.matching.clip_rows import (
    MAX_ROWS,
    RADIUS,
    Clip,
    Shares,
    parted,
    pruned,
    readings_of,
    shares,
)

__all__ = [
    "LIMITS",
    "MAX_ROWS",
    "RADIUS",
    "CannotReadClip",
    "Clip",
    "Limits",
    "Shares",
    "hash_clip",
    "is_clip",
    "parted",
    "pruned",
    "readings_of",
    "shares",
]


class Limits(NamedTuple):
    """What a clip may have. ``work_seconds`` counts by the clock that is passed in, if one is."""

    max_bytes: int = 512 << 20
    max_seconds: float = 3_600.0
    max_pixels: int = 40_000_000
    max_frames: int = 3_600 * 60
    work_seconds: float = 300.0


LIMITS = Limits()
#: Bytes of a file that tell its container.
HEAD = 512
_MOV = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
#: Pictures in the same box: AVIF and HEIF.
_STILLS = (b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix", b"hevc")
#: FFmpeg's readers by what files of theirs begin with. It is never left to guess: some that it knows open
#: other files, or addresses.
_CONTAINERS: dict[str, Callable[[bytes], bool]] = {
    "mov": lambda head: head[4:8] in _MOV and head[8:12] not in _STILLS,
    "matroska": lambda head: head[:4] == b"\x1a\x45\xdf\xa3",
    "avi": lambda head: head[:4] == b"RIFF" and head[8:11] == b"AVI",
    "mpegts": lambda head: len(head) > 376 and head[0] == head[188] == head[376] == 0x47,
    "flv": lambda head: head[:3] == b"FLV",
}


class CannotReadClip(ValueError):
    """A file of which no frame can be hashed.

    ``code`` is one of too_large, too_long, too_many_pixels, too_slow, not_a_clip, damaged, needs_video
    (the extra ``video`` is not installed).
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def hash_clip(file: BinaryIO, *, limits: Limits = LIMITS, clock: Callable[[], float] | None = None) -> Clip:
    """Return the hashes of a clip, four frames a second, in up to five readings.

    ``file`` must be able to seek; nothing but it is ever opened. A clip that ends early or is damaged
    in places is hashed as far as it can be read. Without ``clock`` (monotonic seconds) time has no limit.
    Raises CannotReadClip.
    """
    try:
        # loaded only here: it needs the extra ``video``
        reading = importlib.import_module("sinmungo.core.matching.frames")
    except ImportError:
        raise CannotReadClip("needs_video") from None
    return hashed(reading.sampled(file, limits, clock))


def is_clip(head: bytes) -> bool:
    """Say whether a file that begins with ``head`` (512 bytes suffice) has a container that is read here."""
    return container(head) is not None


def container(head: bytes) -> str | None:
    """Return the name of the reader for a file that begins with ``head``; None for what is no clip."""
    return next((name for name, begins in _CONTAINERS.items() if begins(head)), None)
