"""The sixteen slots of a hash: which bits they take, and the values that lie near a slot's value.

Slot ``s`` takes the bits s, s + 16, s + 32 ... of a hash, so that bits that stand side by side, and
in real hashes go together, fall into different slots. The hash read as a square of 16 x 16 bits is turned
over its diagonal; turning it twice gives it back, and distances stay what they are.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index.values import Bits

Words = NDArray[np.uint64]
Slots = NDArray[np.uint16]

SLOTS = 16
SLOT_BITS = 16
VALUES = 1 << SLOT_BITS
#: The farthest that values of a slot are looked up.
MOST_REACH = 3

_BLOCK_ROWS = 1 << 12


def _masks() -> tuple[Slots, NDArray[np.int8], NDArray[np.int64]]:
    rings = [list(combinations(range(SLOT_BITS), distance)) for distance in range(MOST_REACH + 1)]
    masks = [sum(1 << bit for bit in bits) for ring in rings for bits in ring]
    distances = np.repeat(np.arange(MOST_REACH + 1), [len(ring) for ring in rings])
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    return np.array(masks, np.uint16), distances.astype(np.int8), starts


#: What turns a value of a slot into each value at most three bits away, and how far that is, nearest first.
MASKS, DISTANCES, STARTS = _masks()


def turned(hashes: Bits) -> Words:
    """Return hashes as rows of four words, slot after slot."""
    if len(hashes) <= _BLOCK_ROWS:
        return _turned(hashes)
    found = np.empty((len(hashes), 4), dtype=np.uint64)
    for start in range(0, len(hashes), _BLOCK_ROWS):
        found[start : start + _BLOCK_ROWS] = _turned(hashes[start : start + _BLOCK_ROWS])
    return found


def turned_back(words: Words) -> Bits:
    """Return the hashes that :func:`turned` was given."""
    return turned(words.view(np.uint8)).view(np.uint8)


def slots(words: Words) -> Slots:
    """Return the slots of turned hashes, of shape (n, 16)."""
    return words.view(np.uint16)


def _turned(hashes: Bits) -> Words:
    bits = np.unpackbits(hashes, axis=1, bitorder="little").reshape(-1, SLOTS, SLOT_BITS)
    over = bits.transpose(0, 2, 1).reshape(-1, SLOTS * SLOT_BITS)
    return np.packbits(over, axis=1, bitorder="little").view(np.uint64)
