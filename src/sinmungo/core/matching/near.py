"""Near-duplicate texts: MinHash signatures, estimated likeness, and groups of texts that are nearly the same.

Broder, *On the resemblance and containment of documents* (1997); banding after Indyk and Motwani (1998).
Likeness is the Jaccard index of the sets of three letters or digits in a row, after normalising and
without anything else, so that spacing, punctuation and spellings that look alike do not count. One
syllable changed in a Korean sentence of twenty leaves .6 to .7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.text.normalise import normalise, squeezed

Signatures = NDArray[np.uint32]

#: Values in a signature; the estimate of a likeness J has standard error sqrt(J (1 - J) / 128), at most .045.
VALUES = 128
BANDS = 32
SHINGLE = 3
#: Code points of a text, letters and digits only, that are looked at.
MAX_TEXT = 5_000
#: Of the texts that share a band, each is compared with this many.
MAX_COMPARED = 50

_EMPTY = np.iinfo(np.uint32).max
_WORD = np.uint64(32)
#: A code point has so many bits: three of them fill a word.
_POINT_BITS = np.uint64(21)


def _odd_constants(count: int) -> NDArray[np.uint64]:
    """Return fixed, well mixed odd numbers: the sequence of SplitMix64 (Steele, Lea and Flood, 2014)."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return _mixed(steps) | np.uint64(1)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_CONSTANTS = _odd_constants(VALUES)


def signatures(texts: Sequence[str], *, shingle: int = SHINGLE) -> Signatures:
    """Return one row of 128 values for each text; texts without a letter or digit share one row.

    Likeness is of ``shingle`` letters in a row, one to three; only signatures of one length can be compared.
    """
    found = np.full((len(texts), VALUES), _EMPTY, dtype=np.uint32)
    shingles, counts = _shingles(texts, shingle)
    filled = np.flatnonzero(counts)
    if filled.size:
        begins = (np.cumsum(counts) - counts)[filled]
        for place, constant in enumerate(_CONSTANTS):
            hashed = ((shingles * constant) >> _WORD).astype(np.uint32)
            found[filled, place] = np.minimum.reduceat(hashed, begins)
    return found


def similar(signature: NDArray[np.uint32], matrix: Signatures) -> NDArray[np.float64]:
    """Return the estimated likeness, 0 to 1, of one signature to every row of ``matrix``."""
    estimates: NDArray[np.float64] = (matrix == signature).mean(axis=1)
    return estimates


def groups(texts: Sequence[str], at_least: float = 0.6) -> list[int]:
    """Return for each text the place of the first text of its group.

    Two texts with a likeness of ``at_least`` are joined, and so is what is joined to either. Candidates
    share one of 32 bands of four values and are compared exactly: of pairs at .6 the bands
    miss (1 - .6^4)^32 = 1.2 %, at .7 one in six thousand. Among a thousand Korean sentences of twenty
    syllables with one changed, the test finds fewer than 1 in 100 of the pairs at .6 or more missed.
    """
    shingles, counts = _shingles(texts)
    ends = np.cumsum(counts)
    sets = [frozenset(shingles[end - count : end].tolist()) for end, count in zip(ends, counts, strict=True)]
    rows = _Joined(len(texts))
    first: dict[frozenset[int], int] = {}
    for place, shingled in enumerate(sets):
        rows.join(first.setdefault(shingled, place), place)
    # those that are wholly alike are joined, and one of them is compared
    distinct = list(first.values())
    for bucket in _buckets(signatures([texts[place] for place in distinct]), distinct):
        for one, other in _pairs(bucket):
            if rows.root(one) != rows.root(other) and _jaccard(sets[one], sets[other]) >= at_least:
                rows.join(one, other)
    return [rows.root(place) for place in range(len(texts))]


def joined(groups: Sequence[int], keys: Sequence[str]) -> list[int]:
    """Return groups in which those of rows that share a key are one; an empty key is shared by nobody."""
    rows = _Joined(len(groups))
    first: dict[int | str, int] = {}
    for place, (group, key) in enumerate(zip(groups, keys, strict=True)):
        rows.join(first.setdefault(group, place), place)
        if key:
            rows.join(first.setdefault(key, place), place)
    return [rows.root(place) for place in range(len(groups))]


class _Joined:
    """Which places belong together; the root of a group is its lowest place."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def root(self, place: int) -> int:
        while self._parents[place] != place:
            self._parents[place] = self._parents[self._parents[place]]
            place = self._parents[place]
        return place

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._parents[high] = low


def _shingles(texts: Sequence[str], size: int = SHINGLE) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the mixed shingles of all texts in one row, and how many each text has."""
    letters = [squeezed(normalise(text).text)[:MAX_TEXT] for text in texts]
    # a text shorter than a shingle is one, filled up
    padded = [text.ljust(size, "\0") if text else "" for text in letters]
    lengths = np.array([len(text) for text in padded], dtype=np.int64)
    points = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    counts = np.maximum(lengths - size + 1, 0)
    if points.size < size:
        return np.empty(0, dtype=np.uint64), counts
    last = points.size - size + 1
    packed = points[:last]
    for place in range(1, size):
        packed = packed << _POINT_BITS | points[place : place + last]
    rows = np.repeat(np.arange(len(texts)), lengths)
    return _mixed(packed[rows[:last] == rows[size - 1 :]]), counts


def _buckets(matrix: Signatures, places: Sequence[int]) -> Iterator[list[int]]:
    """Yield those of ``places`` that share a band's values, two at least, in their order."""
    named = np.array(places)
    width = VALUES // BANDS
    for band in range(BANDS):
        values = np.ascontiguousarray(matrix[:, band * width : (band + 1) * width])
        keys = values.view(np.dtype((np.void, values.itemsize * width))).ravel()
        order = np.argsort(keys, kind="stable")
        changes = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
        for bucket in np.split(order, changes):
            if bucket.size > 1:
                yield named[bucket].tolist()


def _pairs(bucket: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = bucket[:MAX_COMPARED]
    yield from combinations(first, 2)
    for place in bucket[MAX_COMPARED:]:
        yield from ((other, place) for other in first)


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    if not one and not other:
        return 1.0
    both = len(one & other)
    return both / (len(one) + len(other) - both)
