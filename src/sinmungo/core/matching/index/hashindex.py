"""The index: hashes under keys, exact search within a radius, adding and removing at any time."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from sinmungo.core.matching.index import snapshot
from sinmungo.core.matching.index.slots import turned, turned_back
from sinmungo.core.matching.index.state import State, merged
from sinmungo.core.matching.index.values import (
    MAX_HASHES,
    RADIUS,
    Bits,
    Found,
    Keys,
    checked_hashes,
    checked_keys,
    checked_pairs,
    checked_radius,
    one_hash,
)


class HashIndex:
    """Hashes of 32 bytes, each under a key of its own; several keys may have the same hash.

    ``radius`` is the one that is meant where none is given, 0 to 255. Any number of threads may call any
    door at any time: who reads sees all of an act or nothing of it, and never waits.
    """

    def __init__(self, hashes: Bits | None = None, keys: Keys | None = None, *, radius: int = RADIUS) -> None:
        self.radius = checked_radius(radius)
        self._state = State.empty()
        self._writing = Lock()
        self._settling = Lock()
        if hashes is not None or keys is not None:
            self.add(
                np.empty((0, 32), np.uint8) if hashes is None else hashes,
                np.empty(0, np.int64) if keys is None else keys,
            )

    def __len__(self) -> int:
        return len(self._state)

    def __contains__(self, key: int) -> bool:
        return self._state.holds(np.array([key], dtype=np.int64))

    def add(self, hashes: Bits, keys: Keys) -> None:
        """Add hashes, of shape (n, 32), under n keys.

        Raises ValueError, and adds nothing, for a key that is there or comes twice, for other shapes or
        types, and past 2^27 hashes.
        """
        rows, named = checked_pairs(hashes, keys)
        more = State.of(turned(rows), named)
        with self._writing:
            if self._state.holds(named):
                raise ValueError("a key is there already")
            if len(self._state) + len(more) > MAX_HASHES:
                raise ValueError(f"an index holds at most {MAX_HASHES:,} hashes")
            self._state = self._state.plus(more)
        self._settle()

    def remove(self, keys: Keys) -> int:
        """Remove what stands under these keys, where there is anything; return how many there were."""
        named = checked_keys(keys)
        with self._writing:
            before, self._state = self._state, self._state.without(named)
            count = len(before) - len(self._state)
        self._settle()
        return count

    def find(self, bits: bytes, radius: int | None = None) -> Found:
        """Find everything within the radius of one hash. Raises ValueError for other lengths and radii."""
        return self.find_many(one_hash(bits), radius)

    def find_many(self, hashes: Bits, radius: int | None = None) -> Found:
        """Find everything within the radius of each of the hashes, of shape (m, 32)."""
        within = self.radius if radius is None else checked_radius(radius)
        return self._state.find(turned(checked_hashes(hashes)), within)

    def save(self, path: Path) -> None:
        """Write a snapshot; see ``snapshot.write``. Never of a sealed bank."""
        words, keys = self._state.living()
        snapshot.write(path, snapshot.Content(turned_back(words), keys, self.radius))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the index of a snapshot. Raises BadSnapshot for what is none, OSError as reading does."""
        content = snapshot.read(path)
        return cls(content.hashes, content.keys, radius=content.radius)

    def _settle(self) -> None:
        """Make one of parts that should be one. It builds outside the lock, so others write while it does."""
        while self._state.due() and self._settling.acquire(blocking=False):
            try:
                if due := self._state.due():
                    whole = merged(due)
                    with self._writing:
                        self._state = self._state.settled(due, whole)
            finally:
                self._settling.release()
