"""A part of an index that never changes: sixteen sorted lists of the same hashes, one for each slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index.slots import SLOT_BITS, SLOTS, VALUES, Slots, Words, slots
from sinmungo.core.matching.index.values import Keys

_ENTRY_BITS = 32


@dataclass(frozen=True, slots=True)
class Segment:
    """Turned hashes in the order of their keys, and for each slot their places sorted by its value.

    The list of the hashes that have a value in a slot begins in ``entries`` where ``offsets`` says for
    slot * 65536 + value, and ends where the next begins. An entry holds a place in its low ``place_bits``,
    and above it a *sketch*: as many of the first bits of the following slot as there is room for.
    A hash takes 32 bytes, its key 8, its entries 64; the offsets take 4 MiB.
    """

    words: Words
    keys: Keys
    entries: NDArray[np.uint32]
    offsets: NDArray[np.uint32]
    place_bits: int

    @classmethod
    def of(cls, words: Words, keys: Keys) -> Self:
        """Return the segment of turned hashes whose keys rise."""
        count, by_slot = len(words), slots(words)
        place_bits = max(_ENTRY_BITS - SLOT_BITS, (count - 1).bit_length())
        entries = np.empty((SLOTS, count), dtype=np.uint32)
        offsets = np.empty(SLOTS * VALUES + 1, dtype=np.uint32)
        starts = offsets[:-1].reshape(SLOTS, VALUES)
        offsets[-1] = SLOTS * count
        column = by_slot[:, 0].copy()
        for slot in range(SLOTS):
            following = by_slot[:, (slot + 1) % SLOTS].copy()
            order = np.argsort(column, kind="stable").astype(np.uint32)
            np.bitwise_or(order, sketches(following, place_bits).take(order), out=entries[slot])
            lengths = np.bincount(column, minlength=VALUES)
            starts[slot] = slot * count + np.cumsum(lengths) - lengths
            column = following
        return cls(words, keys, entries.reshape(-1), offsets, place_bits)


def sketches(values: Slots, place_bits: int) -> NDArray[np.uint32]:
    """Return the first bits of values of a slot, as they stand in an entry above its place."""
    width = _ENTRY_BITS - place_bits
    first = values >> np.uint16(SLOT_BITS - width)
    return first.astype(np.uint32) << np.uint32(place_bits)
