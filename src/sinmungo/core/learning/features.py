"""One, two and three letters in a row, hashed for a whole batch at once; used to train and to score alike.

Chosen by measurement (``docs/explanation/screening-quality.md``): longer runs, Hangul taken apart into its
letters, and both views together find less at the same share of false alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.text.normalise import Normalised, normalise

#: Names how features are made; a model made otherwise cannot be used.
SCHEME = "letters-1-3/1"
#: Code points of a normalised text that are read; the rest of a longer one has no say.
MAX_TEXT = 2_000
BUCKETS = 1 << 19
#: A letter said more often in a row is read as said twice: ㅋㅋㅋㅋㅋ as ㅋㅋ.
_RUN = 2
_LONGEST = 3

_SPACE = np.uint32(32)
_POINT_BITS = np.uint64(21)
_SHIFT = np.uint64(64 - 19)


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a batch in one row.

    ``rows`` says which text each belongs to, and ``places`` where in the normalised text it stands, with
    -1 for the space put before a text and the text's length for the one after it.
    """

    points: NDArray[np.uint32]
    rows: NDArray[np.int32]
    places: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Grams:
    """The runs of letters of ``texts`` texts: the text and the bucket of each, and a text's own scale."""

    texts: int
    rows: NDArray[np.int32]
    buckets: NDArray[np.int32]
    scale: NDArray[np.float64]

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return for each text the scaled sum of what ``values`` holds for its runs."""
        summed = np.bincount(self.rows, weights=values[self.buckets], minlength=self.texts)
        scaled: NDArray[np.float64] = summed * self.scale
        return scaled


def letters(texts: Sequence[Normalised]) -> Letters:
    """Return the letters of normalised texts: white space as one space, also before and after each."""
    parts = [f" {each.text[:MAX_TEXT]} " for each in texts]
    lengths = np.array([len(part) for part in parts], dtype=np.int64)
    # a text may hold half of a surrogate pair before it was masked
    joined = "".join(parts).encode("utf-32-le", "surrogatepass")
    points = np.maximum(np.frombuffer(joined, dtype=np.uint32), _SPACE)
    rows = np.repeat(np.arange(len(parts), dtype=np.int32), lengths)
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = (np.arange(points.size) - begins - 1).astype(np.int32)
    kept = _kept(points, rows)
    return Letters(points[kept], rows[kept], places[kept])


def grams(texts: Sequence[str]) -> Grams:
    """Return the runs of letters of each text."""
    return grams_of(letters([normalise(text) for text in texts]), len(texts))


def grams_of(of: Letters, texts: int) -> Grams:
    """Return the runs of letters of ``texts`` texts, those of one length after those of another."""
    rows, buckets = [], []
    for length in range(1, _LONGEST + 1):
        whole = _whole(of, length)
        rows.append(of.rows[: whole.size][whole])
        buckets.append(_buckets(_packed(of, length)[whole]))
    counts = np.bincount(of.rows, minlength=texts)
    # a text of n letters has n + (n - 1) + (n - 2) runs
    scale = 1.0 / np.sqrt(np.maximum(3.0 * counts - 3.0, 1.0))
    return Grams(texts, np.concatenate(rows), np.concatenate(buckets), scale)


def weigh_letters(of: Letters, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return for each letter of one text the sum of what ``values`` holds for the runs it is part of."""
    weights = np.zeros(of.points.size)
    for length in range(1, min(_LONGEST, of.points.size) + 1):
        found = values[_buckets(_packed(of, length))]
        for offset in range(length):
            weights[offset : offset + found.size] += found / length
    return weights


def _kept(points: NDArray[np.uint32], rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Say which letters stay: not a second space, and not the third of the same in a row."""
    kept = np.ones(points.size, dtype=np.bool_)
    again = (points[1:] == points[:-1]) & (rows[1:] == rows[:-1])
    kept[1:] = ~(again & (points[1:] == _SPACE))
    kept[_RUN:] &= ~(again[1:] & again[:-1])
    return kept


def _whole(of: Letters, length: int) -> NDArray[np.bool_]:
    """Say which runs of ``length`` lie in one text."""
    last = max(of.rows.size - length + 1, 0)
    whole: NDArray[np.bool_] = of.rows[:last] == of.rows[length - 1 : length - 1 + last]
    return whole


def _packed(of: Letters, length: int) -> NDArray[np.uint64]:
    """Return every run of ``length`` as one number: a code point has 21 bits, so three fit exactly."""
    wide = of.points.astype(np.uint64)
    last = max(wide.size - length + 1, 0)
    packed = wide[:last]
    for offset in range(1, length):
        packed = packed << _POINT_BITS | wide[offset : offset + last]
    return packed


def _buckets(packed: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Mix as SplitMix64 does (Steele, Lea and Flood, 2014) and keep the upper 19 bits."""
    mixed = (packed ^ (packed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed >> _SHIFT).astype(np.int32)
