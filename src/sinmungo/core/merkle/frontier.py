"""The right edge of a tree: all that is needed to append to it and to name its root."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.merkle.hashing import EMPTY_ROOT, HASH_BYTES, node_hash

_SIZE_BYTES = 8


class BadFrontier(Refused):
    """Stored bytes are not a frontier."""

    code = "merkle.bad_frontier"
    message = "These bytes are not the edge of a tree."


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the complete subtrees that make up a tree of ``size`` leaves, largest first.

    There is one for each bit set in ``size``. It never changes: appending gives a new one, so a
    transaction that is rolled back leaves the old one in place.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the edge after these leaves: n leaves cost n hashes and one log, no reading."""
        size = self.size
        peaks = list(self.peaks)
        for leaf in leaf_hashes:
            _check_hash(leaf)
            node, rest = leaf, size
            # As in binary counting, every trailing one carries: two equal subtrees become one.
            while rest & 1:
                node = node_hash(peaks.pop(), node)
                rest >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """Return the root of the tree (RFC 9162 section 2.1.1)."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_bytes(self) -> bytes:
        """Return the size in 8 bytes, big-endian, and the hashes: at most 2,056 bytes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Return what ``to_bytes`` was called on. Raises ``BadFrontier`` for other bytes."""
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        hashes = data[_SIZE_BYTES:]
        if len(data) < _SIZE_BYTES or len(hashes) != size.bit_count() * HASH_BYTES:
            raise BadFrontier
        starts = range(0, len(hashes), HASH_BYTES)
        return cls(size, tuple(hashes[start : start + HASH_BYTES] for start in starts))


def _check_hash(leaf: bytes) -> None:
    if len(leaf) != HASH_BYTES:
        raise ValueError("a leaf hash has 32 bytes")
