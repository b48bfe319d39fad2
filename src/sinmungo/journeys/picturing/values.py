"""Pictures on their way through: fetched, made harmless, shown, read or hashed, and kept nowhere.

The protocols here are what adapters implement. A picture's bytes live in memory only, from its platform to
the reader's screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class MediaKind(StrEnum):
    """What was found at an address, by what its host says it is."""

    PICTURE = "picture"
    CLIP = "clip"


class Treatment(StrEnum):
    """How much of a picture is shown. ``VEILED`` lets nothing be recognised."""

    VEILED = "veiled"
    GREY = "grey"
    COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture or clip as its platform keeps it: hostile until proved otherwise."""

    kind: MediaKind
    content: bytes


@dataclass(frozen=True, slots=True)
class Hashes:
    """What can be compared of a picture: records of 33 bytes, best first; or of a clip: 32 bytes a frame."""

    records: bytes = field(default=b"", repr=False)
    frames: bytes = field(default=b"", repr=False)
    is_clip: bool = False


class NotShown(Exception):
    """There is no picture to show, to read or to hash.

    ``code`` is one short word of ours, never the words of whoever was asked; ``passing`` says that it may
    pass by itself.
    """

    def __init__(self, code: str, *, passing: bool = False) -> None:
        self.code = code
        self.passing = passing
        super().__init__(code)


class MediaFetcher(Protocol):
    """Gets what stands at an address of a platform."""

    def fetch(self, url: str, *, hosts: Sequence[str], wanted: Sequence[MediaKind]) -> Fetched:
        """Return what stands there; only ``hosts`` (``*.`` before one allows one label) are ever asked.

        Raises :class:`NotShown`.
        """
        ...


class PictureTreater(Protocol):
    """Makes a new, small picture out of a hostile one."""

    def treat(self, fetched: Fetched, treatment: Treatment) -> bytes:
        """Return a JPEG of at most 1,280 pixels a side without any metadata; raises :class:`NotShown`.

        Of a moving picture the first frame, of a clip a strip of frames; never any sound.
        """
        ...


class PictureReader(Protocol):
    """Reads the words inside a picture. ``engine`` names what reads, with its version."""

    engine: str

    def read(self, image: bytes) -> str:
        """Return the words, as they were read; raises :class:`NotShown`. Touches no database."""
        ...


class MediaHasher(Protocol):
    """Makes hashes of a hostile picture or clip."""

    def hash(self, fetched: Fetched) -> Hashes:
        """Return its hashes, none where it is too plain to be told apart; raises :class:`NotShown`."""
        ...
