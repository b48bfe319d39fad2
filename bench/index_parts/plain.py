"""A multi-index as it is usually written in numpy: every list within one bit of each slot, all compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.index_parts.shapes import RADIUS, Bits

_SLOTS, _VALUES = 16, 1 << 16
_MASKS = np.array([0, *(1 << bit for bit in range(16))], dtype=np.uint16)


class PlainIndex:
    """Sixteen slots of 16 bits that follow one another; exact for a radius of 31."""

    def __init__(self, hashes: Bits) -> None:
        self._words = hashes.view(np.uint64)
        slots = hashes.view(np.uint16)
        self._orders = [np.argsort(slots[:, slot], kind="stable").astype(np.uint32) for slot in range(_SLOTS)]
        self._offsets = [
            np.concatenate(([0], np.cumsum(np.bincount(slots[:, slot], minlength=_VALUES))))
            for slot in range(_SLOTS)
        ]

    def count(self, query: NDArray[np.uint8]) -> int:
        """Return how many hashes are near one query."""
        found = [self._candidates(slot, value) for slot, value in enumerate(query.view(np.uint16))]
        places = np.unique(np.concatenate(found))
        distances = np.bitwise_count(self._words[places] ^ query.view(np.uint64)).sum(axis=1)
        return int((distances <= RADIUS).sum())

    def _candidates(self, slot: int, value: np.uint16) -> NDArray[np.uint32]:
        values = value ^ _MASKS
        begins = self._offsets[slot][values]
        counts = self._offsets[slot][values.astype(np.int64) + 1] - begins
        at = np.repeat(begins - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        candidates: NDArray[np.uint32] = self._orders[slot][at]
        return candidates
