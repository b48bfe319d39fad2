"""Small value types that cross between libraries: plain, frozen, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a stored text something stands, in code points, end not included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlainMedia:
    """One picture or clip of an item: as its platform describes it, and what was made of it to compare.

    ``hashes`` are records of 33 bytes of a picture (``core.matching.fingerprints``), ``frames`` 32 bytes
    for each frame of a clip; both are empty until they are made. They never stand in a log or an error.
    """

    sha256: str
    kind: str = ""
    url: str = ""
    md5: str = ""
    hashes: bytes = field(default=b"", repr=False)
    is_clip: bool = False
    frames: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class PlainItem:
    """What screening sees of one version of an item: masked text and plain facts.

    ``masked`` holds the kind and place of each number that was hidden in the text; ``links`` each link
    as it is shown and the address where it ends, as the platform tells it; ``picture_words`` what was
    read in its pictures, masked.
    """

    type: str = "post"
    text: str = ""
    lang: str = ""
    country: str = ""
    reach: int = 0
    age_hours: float = 0.0
    media: tuple[PlainMedia, ...] = ()
    author: Mapping[str, float | str] = field(default_factory=dict)
    reports: Mapping[str, object] = field(default_factory=dict)
    masked: tuple[tuple[str, Span], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    picture_words: str = ""


@dataclass(frozen=True, slots=True)
class PlainSignal:
    """What a source says of an item.

    ``score`` lies in 0..1 and is rounded to six decimals at the source; ``evidence`` is a short
    text a reviewer reads; ``span`` says where in the stored text it stands, if anywhere.
    """

    source: str
    source_version: str
    name: str
    score: float
    evidence: str = ""
    span: Span | None = None


class Screener(Protocol):
    """A source of signals: a batch of plain versions in, a list of signals for each out."""

    name: str
    version: str

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item of ``batch``, in its order."""
        ...
