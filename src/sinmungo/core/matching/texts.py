"""An index of texts by their MinHash signatures: all whose estimated likeness reaches a bound, none missed.

A signature is 64 pairs of values, and a value that differs spoils one pair: two that agree in 77 of 128
values (.6) share 13 pairs at least. So whoever shares fewer is never looked at, and nobody is lost by it.
What is missed is missed by the estimate alone: ``docs/explanation/clips-and-texts.md`` says how much.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching import near
from sinmungo.core.matching.near import VALUES, Signatures

Keys = NDArray[np.int64]

#: Letters in a row that are compared: in short Korean sentences two find far more edits than three do.
SHINGLE = 2
PAIRS = VALUES // 2
#: Two signatures that agree in fewer values need share no pair.
LEAST_ASKED = 0.51
AT_LEAST = 0.6
#: Entries of the index that are counted together: 32 MB.
_HITS_TOGETHER = 2_000_000
#: A text that shares more entries than this, for each text held, is compared with all: it costs less.
_CROWDED = 2
_WORD = np.uint64(32)
_MIX = np.uint64(0x9E3779B97F4A7C15)
#: The number of the pair stands in the highest six bits of a code.
_PAIR_AT, _MIXED_FROM = np.uint64(58), np.uint64(6)
_NO_LETTERS = np.iinfo(np.uint32).max


class Likenesses(NamedTuple):
    """Text ``rows[i]`` of those asked for is like the text ``keys[i]``; by row, then the likest first."""

    rows: Keys
    keys: Keys
    likeness: NDArray[np.float64]


def signatures(texts: Sequence[str]) -> Signatures:
    """Return one row of 128 values for each text, as banks keep them.

    They are of two letters in a row, and must not be compared with those of three in ``near``.
    """
    return near.signatures(texts, shingle=SHINGLE)


class SlowTextIndex:
    """The same doors as :class:`TextIndex`, by comparing everything with everything."""

    def __init__(self) -> None:
        self._held: dict[int, NDArray[np.uint32]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def add(self, signatures: Signatures, keys: Keys) -> None:
        """Add texts. Raises ValueError, and adds none, for a key that is held or comes twice."""
        _check(signatures, keys, self._held)
        self._held |= dict(zip(keys.tolist(), signatures, strict=True))

    def remove(self, keys: Keys) -> int:
        """Take texts out, and return how many there were; unknown keys count nothing."""
        return sum(self._held.pop(key, None) is not None for key in keys.tolist())

    def find_many(self, signatures: Signatures, at_least: float = AT_LEAST) -> Likenesses:
        """Return the texts whose estimated likeness is ``at_least`` (.51 or more)."""
        agreeing = _agreeing(at_least)
        keys = np.array(list(self._held), dtype=np.int64)
        matrix = np.array(list(self._held.values()), dtype=np.uint32).reshape(-1, VALUES)
        counts = np.zeros((len(signatures), len(keys)), dtype=np.int64)
        for row in _lettered(signatures).tolist():
            counts[row] = (matrix == signatures[row]).sum(axis=1)
        rows, places = np.nonzero(counts >= agreeing)
        return _sorted(rows, keys[places], counts[rows, places])


class TextIndex:
    """Texts by their signatures and keys, about 1,300 bytes a text; safe to ask while a thread changes it.

    What was added lies in parts that are sorted once; a small part is joined with the one before it, so
    that a text is sorted about log2(n) times, however few come at once. One thread at a time may change it.
    """

    def __init__(self) -> None:
        self._parts: tuple[_Part, ...] = ()
        self._keys: set[int] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, signatures: Signatures, keys: Keys) -> None:
        """Add texts. Raises ValueError, and adds none, for a key that is held or comes twice."""
        _check(signatures, keys, self._keys)
        if not len(keys):
            return
        parts = [*self._parts]
        new = _Part.of(signatures, keys)
        while parts and len(parts[-1].keys) <= 2 * len(new.keys):
            new = parts.pop().joined(new)
        self._parts = (*parts, new)
        self._keys |= set(keys.tolist())

    def remove(self, keys: Keys) -> int:
        """Take texts out, and return how many there were; unknown keys count nothing."""
        gone = self._keys & set(keys.tolist())
        if gone:
            wanted = np.fromiter(gone, dtype=np.int64)
            parts = (part.without(wanted) for part in self._parts)
            self._parts = tuple(part for part in parts if len(part.keys))
            self._keys -= gone
        return len(gone)

    def find_many(self, signatures: Signatures, at_least: float = AT_LEAST) -> Likenesses:
        """Return the texts whose estimated likeness is ``at_least`` (.51 or more).

        A text without a letter or digit is like nothing.
        """
        agreeing = _agreeing(at_least)
        asked = _lettered(signatures)
        nothing = np.empty(0, dtype=np.int64)
        found = [part.find_many(signatures[asked], agreeing) for part in self._parts]
        rows, keys, counts = (np.concatenate(each) for each in zip((nothing,) * 3, *found, strict=True))
        return _sorted(asked[rows], keys, counts)


@dataclass(frozen=True, slots=True)
class _Part:
    """Texts sorted by the codes of their pairs. ``held`` alone changes: False once a text is taken out."""

    keys: Keys
    matrix: Signatures
    codes: NDArray[np.uint64]
    places: NDArray[np.uint32]
    held: NDArray[np.bool_]

    @classmethod
    def of(cls, signatures: Signatures, keys: Keys) -> Self:
        codes = _codes(signatures).ravel()
        order = np.argsort(codes)
        places = (order // PAIRS).astype(np.uint32)
        held = np.ones(len(keys), dtype=bool)
        return cls(keys.astype(np.int64), signatures.copy(), codes[order], places, held)

    def joined(self, other: Self) -> Self:
        matrix = np.concatenate([self.matrix[self.held], other.matrix[other.held]])
        return self.of(matrix, np.concatenate([self.keys[self.held], other.keys[other.held]]))

    def without(self, keys: Keys) -> Self:
        """Take some out; what is more than half empty then is sorted anew."""
        kept = self.held & ~np.isin(self.keys, keys)
        if 2 * kept.sum() < len(self.keys):
            return self.of(self.matrix[kept], self.keys[kept])
        self.held[:] = kept
        return self

    def find_many(self, asked: Signatures, agreeing: int) -> tuple[Keys, Keys, Keys]:
        """Return rows of ``asked``, the keys they are like, and in how many values, in no order."""
        found = [*self._candidates(asked, agreeing)]
        nothing = np.empty(0, dtype=np.int64)
        rows, places, counts = (np.concatenate(each) for each in zip((nothing,) * 3, *found, strict=True))
        wanted = (counts >= agreeing) & self.held[places]
        return rows[wanted], self.keys[places[wanted]], counts[wanted]

    def _candidates(self, asked: Signatures, agreeing: int) -> Iterator[tuple[Keys, Keys, Keys]]:
        """Yield rows of ``asked``, places, and in how many values they agree, each two of them once."""
        codes = _codes(asked)
        first = np.searchsorted(self.codes, codes, side="left")
        counts = np.searchsorted(self.codes, codes, side="right") - first
        entries = counts.sum(axis=1)
        is_crowded = entries > _CROWDED * len(self.keys)
        for row in np.flatnonzero(is_crowded).tolist():
            agree = (self.matrix == asked[row]).sum(axis=1)
            places = np.flatnonzero(agree >= agreeing)
            yield np.full(len(places), row), places, agree[places]
        for rows in _batches(np.flatnonzero(~is_crowded), entries):
            met, places = self._sharing(rows, first[rows], counts[rows], PAIRS - (VALUES - agreeing))
            yield met, places, (self.matrix[places] == asked[met]).sum(axis=1)

    def _sharing(self, rows: Keys, first: Keys, counts: Keys, least: int) -> tuple[Keys, Keys]:
        """Return which rows and places share ``least`` pairs, by counting all entries in which they meet."""
        each = counts.sum(axis=1)
        flat = counts.ravel()
        within = np.arange(flat.sum()) - np.repeat(np.cumsum(flat) - flat, flat)
        places = self.places[np.repeat(first.ravel(), flat) + within].astype(np.int64)
        met = np.repeat(np.arange(len(rows)), each) * len(self.keys) + places
        met, times = np.unique(met, return_counts=True)
        found = met[times >= least]
        return rows[found // len(self.keys)], found % len(self.keys)


def _codes(signatures: Signatures) -> NDArray[np.uint64]:
    """Return one number for each pair of values, (n, 64); equal pairs at one place have equal numbers."""
    wide = signatures.astype(np.uint64)
    mixed = ((wide[:, 0::2] << _WORD) | wide[:, 1::2]) * _MIX
    return (mixed >> _MIXED_FROM) | (np.arange(PAIRS, dtype=np.uint64) << _PAIR_AT)


def _batches(rows: Keys, entries: Keys) -> Iterator[Keys]:
    """Yield ``rows`` in batches of at most two million entries; a row of more is one of its own."""
    batch = np.cumsum(entries[rows]) // _HITS_TOGETHER
    for part in np.split(rows, np.flatnonzero(np.diff(batch)) + 1):
        if part.size:
            yield part


def _lettered(signatures: Signatures) -> Keys:
    """Return the rows of texts that have a letter or digit."""
    return np.flatnonzero((signatures != _NO_LETTERS).any(axis=1))


def _agreeing(at_least: float) -> int:
    """Return in how many values signatures of a likeness agree."""
    if not LEAST_ASKED <= at_least <= 1.0:
        raise ValueError("a likeness of .51 to 1 can be asked for")
    return math.ceil(at_least * VALUES - 1e-9)


def _sorted(rows: Keys, keys: Keys, counts: Keys) -> Likenesses:
    order = np.lexsort((keys, -counts, rows))
    return Likenesses(rows[order], keys[order], counts[order] / VALUES)


def _check(signatures: Signatures, keys: Keys, held: Container[int]) -> None:
    if signatures.shape != (len(keys), VALUES):
        raise ValueError("each key belongs to one signature of 128 values")
    listed = keys.tolist()
    if len(set(listed)) < len(listed) or any(key in held for key in listed):
        raise ValueError("a key is held already, or comes twice")
