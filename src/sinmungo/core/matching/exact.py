"""Exact digests: media that is, byte for byte, what was seen before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.tiers import Numbers, Tier, Tiers

SHA256_BYTES = 32
MD5_BYTES = 16
_HEAD = np.dtype("<i8")


class DigestIndex:
    """Digests of one length under keys; a digest may have several. A million SHA-256 take 40 MB."""

    def __init__(self, size: int = SHA256_BYTES, given: Tier | None = None) -> None:
        """Begin with what :meth:`all` returned, if anything; raises ValueError for rows of another shape."""
        self._size = size
        kind = np.dtype([("tail", "u1", (size - _HEAD.itemsize,)), ("key", "<i8")])
        self._tiers = Tiers(kind, given)

    def __len__(self) -> int:
        return len(self._tiers)

    def add(self, digests: Sequence[bytes], keys: Numbers) -> None:
        """Add digests, each under its key. Raises ValueError for one of another length."""
        heads, tails = self._parted(digests)
        rows = np.empty(len(heads), self._tiers.kind)
        rows["tail"], rows["key"] = tails, keys
        self._tiers.add(heads, rows)

    def remove(self, keys: Numbers) -> int:
        """Remove what stands under ``keys``; return how many digests that were."""
        return self._tiers.drop(lambda tier: np.isin(tier.rows["key"], keys))

    def find_many(self, digests: Sequence[bytes]) -> tuple[Numbers, Numbers]:
        """Return rows and keys: for each digest that is held its place among ``digests``, once a key."""
        heads, tails = self._parted(digests)
        places, rows = self._tiers.find(heads)
        same = (rows["tail"] == tails[places]).all(axis=1)
        return places[same], rows["key"][same].astype(np.int64)

    def all(self) -> Tier:
        """Return everything that is held, in a form that can be written to a file."""
        return self._tiers.all()

    def _parted(self, digests: Sequence[bytes]) -> tuple[Numbers, NDArray[np.uint8]]:
        joined = b"".join(digests)
        if any(len(each) != self._size for each in digests):
            raise ValueError(f"a digest here has {self._size} bytes")
        table = np.frombuffer(joined, np.uint8).reshape(-1, self._size)
        heads = np.ascontiguousarray(table[:, : _HEAD.itemsize]).view(_HEAD).ravel().astype(np.int64)
        return heads, table[:, _HEAD.itemsize :]
