"""A clip as rows of hashes: its readings, what of them is kept, and what two clips have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.pdq import GOOD_QUALITY

Rows = NDArray[np.uint8]
#: The greatest distance of two frames that are taken for one.
RADIUS = 31
#: A frame this near to the last one kept says nothing new.
PRUNED_WITHIN = 8
#: Bits set in the hash of a picture of which it tells enough (the published ones have 112 to 142).
LIKELY_BITS = range(112, 145)
#: Rows that are kept of a clip, all its readings and what parts them.
MAX_ROWS = 3_600
#: A reading has at least one row for so many of the richest.
_LEAST_HAPPENS = 4
#: Rows of a block of distances: of two clips of 3,600 rows 4 MB at a time.
_BLOCK = 512
_WORDS = 4


class Clip(NamedTuple):
    """Hashes as rows of 32 bytes, the quality of each (0 to 100), and its second in the clip.

    A row of zeros, of quality 0, parts two readings of the same seconds.
    """

    hashes: Rows
    qualities: NDArray[np.int64]
    seconds: NDArray[np.float64]

    @property
    def frames(self) -> int:
        """Frames that were looked at, each once."""
        return next((part.stop for part in readings_of(self.hashes)), 0)


class Shares(NamedTuple):
    """Which share of either clip's frames has one like it in the other, 0 to 1."""

    query: float
    compared: float


def pruned(clip: Clip) -> Clip:
    """Return ``clip`` with at most 3,600 rows that are worth comparing; it may be left with none.

    Left out are rows of a quality below 50, rows with fewer than 112 or more than 144 bits, and rows within a
    distance of 8 of the last one kept; then readings in which much less happens than in another, for a banner
    that stands under many clips makes none of them known. Of what is still too long each reading keeps rows
    from all over it.
    """
    kept = [_worth(clip, part) for part in readings_of(clip.hashes)]
    richest = max((places.size for places in kept), default=0)
    kept = [places for places in kept if places.size * _LEAST_HAPPENS >= max(richest, 1)]
    if not kept:
        return parted([])
    most = (MAX_ROWS - len(kept) + 1) // len(kept)
    return _taken(clip, [_thinned(places, most) for places in kept])


def shares(one: Rows, other: Rows, radius: int = RADIUS) -> Shares:
    """Return the shares of the two readings, one of either clip, that have most in common.

    ``one`` is the clip that is asked for, ``other`` one that it is compared with; both as rows of 32 bytes.
    """
    found = [
        _shares(one[mine], other[theirs], radius)
        for mine in readings_of(one)
        for theirs in readings_of(other)
    ]
    return max(found, key=lambda each: (max(each), sum(each)), default=Shares(0.0, 0.0))


def readings_of(rows: Rows) -> list[slice]:
    """Return where each reading stands in the rows of a clip; none of no rows."""
    parting = np.flatnonzero(~rows.any(axis=1)).tolist()
    ends = [-1, *parting, len(rows)]
    return [slice(before + 1, end) for before, end in pairwise(ends) if end > before + 1]


def parted(parts: Sequence[Clip]) -> Clip:
    """Return readings as one clip, those without a row left out."""
    gap = Clip(np.zeros((1, 32), dtype=np.uint8), np.zeros(1, dtype=np.int64), np.zeros(1))
    rows = [each for part in parts if len(part.hashes) for each in (gap, part)][1:]
    if not rows:
        return Clip(gap.hashes[:0], gap.qualities[:0], gap.seconds[:0])
    return Clip(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))


def _worth(clip: Clip, part: slice) -> NDArray[np.int64]:
    set_bits = np.bitwise_count(clip.hashes[part]).sum(axis=1, dtype=np.int64)
    likely = (set_bits >= LIKELY_BITS.start) & (set_bits < LIKELY_BITS.stop)
    good = np.flatnonzero(likely & (clip.qualities[part] >= GOOD_QUALITY)) + part.start
    return np.fromiter(_new(clip.hashes, good.tolist()), dtype=np.int64)


def _new(hashes: Rows, places: Sequence[int]) -> Iterator[int]:
    last: int | None = None
    for place in places:
        if last is None or int(np.bitwise_count(hashes[place] ^ hashes[last]).sum()) > PRUNED_WITHIN:
            last = place
            yield place


def _thinned(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    if places.size <= most:
        return places
    return places[np.arange(most) * places.size // most]


def _taken(clip: Clip, parts: Sequence[NDArray[np.int64]]) -> Clip:
    return parted(
        [Clip(clip.hashes[places], clip.qualities[places], clip.seconds[places]) for places in parts]
    )


def _shares(one: Rows, other: Rows, radius: int) -> Shares:
    mine, theirs = _words(one), _words(other)
    found = np.zeros(len(theirs), dtype=bool)
    count = 0
    for start in range(0, len(mine), _BLOCK):
        near = _distances(mine[start : start + _BLOCK], theirs) <= radius
        count += int(near.any(axis=1).sum())
        found |= near.any(axis=0)
    return Shares(count / len(mine), float(found.mean()))


def _words(rows: Rows) -> NDArray[np.uint64]:
    return np.ascontiguousarray(rows).view(np.uint64)


def _distances(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint16]:
    total = np.zeros((len(one), len(other)), dtype=np.uint16)
    for word in range(_WORDS):
        total += np.bitwise_count(one[:, word, None] ^ other[None, :, word])
    return total
