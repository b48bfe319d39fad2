"""The slow twin: the same doors as the index, by comparing with every hash. Tests hold the two equal."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index import snapshot
from sinmungo.core.matching.index.values import (
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


class SlowIndex:
    """Hashes under keys, each key once. See ``HashIndex`` for what each door promises."""

    def __init__(self, hashes: Bits | None = None, keys: Keys | None = None, *, radius: int = RADIUS) -> None:
        self.radius = checked_radius(radius)
        self._hashes: dict[int, bytes] = {}
        if hashes is not None or keys is not None:
            self.add(
                np.empty((0, 32), np.uint8) if hashes is None else hashes,
                np.empty(0, np.int64) if keys is None else keys,
            )

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, key: int) -> bool:
        return key in self._hashes

    def add(self, hashes: Bits, keys: Keys) -> None:
        """Add hashes under keys that are new."""
        rows, named = checked_pairs(hashes, keys)
        if any(key in self._hashes for key in named.tolist()):
            raise ValueError("a key is there already")
        self._hashes |= {key: row.tobytes() for key, row in zip(named.tolist(), rows, strict=True)}

    def remove(self, keys: Keys) -> int:
        """Remove what stands under these keys; return how many there were."""
        return sum(self._hashes.pop(key, None) is not None for key in checked_keys(keys).tolist())

    def find(self, bits: bytes, radius: int | None = None) -> Found:
        """Find everything within the radius of one hash."""
        return self.find_many(one_hash(bits), radius)

    def find_many(self, hashes: Bits, radius: int | None = None) -> Found:
        """Find everything within the radius of each hash."""
        within = self.radius if radius is None else checked_radius(radius)
        asked, (held, keys) = checked_hashes(hashes), self._held()
        found = [
            (place, key, distance)
            for place, row in enumerate(asked)
            for key, distance in zip(keys.tolist(), _distances(held, row), strict=True)
            if distance <= within
        ]
        table = np.array(sorted(found, key=_as_promised), dtype=np.int64).reshape(-1, 3)
        return Found(table[:, 0], table[:, 1], table[:, 2].astype(np.int16))

    def save(self, path: Path) -> None:
        """Write a snapshot."""
        held, keys = self._held()
        snapshot.write(path, snapshot.Content(held, keys, self.radius))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the index of a snapshot."""
        content = snapshot.read(path)
        return cls(content.hashes, content.keys, radius=content.radius)

    def _held(self) -> tuple[Bits, NDArray[np.int64]]:
        keys = np.array(sorted(self._hashes), dtype=np.int64)
        joined = b"".join(self._hashes[key] for key in keys.tolist())
        return np.frombuffer(joined, dtype=np.uint8).reshape(-1, 32), keys


def _distances(held: Bits, row: Bits) -> list[int]:
    distances: list[int] = np.unpackbits(held ^ row, axis=1).sum(axis=1, dtype=np.int64).tolist()
    return distances


def _as_promised(found: tuple[int, int, int]) -> tuple[int, int, int]:
    place, key, distance = found
    return place, distance, key
