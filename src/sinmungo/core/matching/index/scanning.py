"""Comparing with every hash: for short lists, and where looking up slots would cost more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index.slots import Words

_BLOCK_ROWS = 1 << 14
_BLOCK_PAIRS = 1 << 16


class Hits(NamedTuple):
    """Pairs within a radius: the place of the asked hash, the place of the found one, the distance."""

    owners: NDArray[np.int64]
    places: NDArray[np.int64]
    distances: NDArray[np.int16]


def joined(hits: list[Hits]) -> Hits:
    """Return all hits as one."""
    if len(hits) == 1:
        return hits[0]
    none = Hits(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16))
    return Hits(*(np.concatenate(parts) for parts in zip(none, *hits, strict=True)))


def verified(
    words: Words, places: NDArray[np.int64], asked: Words, owners: NDArray[np.int64], radius: int
) -> Hits:
    """Return those of the pairs that are within the radius."""
    counts = np.bitwise_count(words.take(places, axis=0) ^ asked.take(owners, axis=0))
    distances = counts[:, 0].astype(np.int16)
    for word in (1, 2, 3):
        distances += counts[:, word]
    near = np.flatnonzero(distances <= radius)
    return Hits(owners.take(near), places.take(near), distances.take(near))


def scan(words: Words, asked: Words, radius: int) -> Hits:
    """Return all pairs within the radius, by comparing each with each."""
    hits = []
    for start in range(0, len(words), _BLOCK_ROWS):
        block = words[start : start + _BLOCK_ROWS]
        step = max(_BLOCK_PAIRS // len(block), 1)
        for first in range(0, len(asked), step):
            owners, places, distances = _scan(block, asked[first : first + step], radius)
            hits.append(Hits(owners + first, places + start, distances))
    return joined(hits)


def _scan(block: Words, asked: Words, radius: int) -> Hits:
    # half of a hash farther away than the radius settles it, and settles nearly all
    half = np.bitwise_count(block[:, 0] ^ asked[:, 0, np.newaxis])
    half += np.bitwise_count(block[:, 1] ^ asked[:, 1, np.newaxis])
    owners, places = np.divmod(np.flatnonzero(half <= radius), len(block))
    return verified(block, places, asked, owners, radius)
