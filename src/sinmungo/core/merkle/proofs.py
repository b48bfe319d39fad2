"""Inclusion and consistency proofs: made from stored hashes, checked from nothing but themselves.

A proof is a list of 32-byte hashes in the RFC's order, from the leaf upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sinmungo.core.kernel.errors import Refused, Unavailable
from sinmungo.core.merkle.hashing import EMPTY_ROOT, HASH_BYTES, node_hash, root
from sinmungo.core.merkle.tiles import TILE_HEIGHT

#: ``hashes(level, start, count)`` returns ``count`` hashes of tile level ``level`` from position
#: ``start`` on. Level 0 is leaf hashes; a hash at level L is the root of 256**L leaves, all of them
#: in the log. One call asks for 1 to 128 hashes and never crosses a tile's edge.
Hashes = Callable[[int, int, int], Sequence[bytes]]


class OutOfRange(Refused):
    """The log has no such entry, or had no such size."""

    code = "merkle.out_of_range"
    message = "The log has {size} entries; {asked} is out of range."


class MissingHashes(Unavailable):
    """The store did not give the hashes that a log of this size must have."""

    code = "merkle.missing_hashes"
    message = "The log's store lacks hashes at level {level}, from {start} on."


def inclusion_proof(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """Return the proof that leaf ``index`` is in the tree of ``size`` leaves (RFC 9162 2.1.3.1).

    Reads O(log size) runs of hashes. Raises ``OutOfRange`` and ``MissingHashes``.
    """
    if not 0 <= index < size:
        raise OutOfRange(size=size, asked=index)
    low, high = 0, size
    siblings: list[tuple[int, int]] = []
    while high - low > 1:
        middle = low + _left_part(high - low)
        if index < middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    return [_range_hash(start, end, hashes) for start, end in reversed(siblings)]


def consistency_proof(old_size: int, new_size: int, hashes: Hashes) -> list[bytes]:
    """Return the proof that the first ``old_size`` leaves were never changed (RFC 9162 2.1.4.1).

    It is empty when nothing was appended, and for an old size of 0, which any log continues.
    Raises ``OutOfRange`` and ``MissingHashes``.
    """
    if not 0 <= old_size <= new_size:
        raise OutOfRange(size=new_size, asked=old_size)
    if old_size == 0:
        return []
    low, high = 0, new_size
    parts: list[tuple[int, int]] = []
    while high != old_size:
        middle = low + _left_part(high - low)
        if old_size <= middle:
            parts.append((middle, high))
            high = middle
        else:
            parts.append((low, middle))
            low = middle
    if low:
        # Otherwise the last part is the old tree itself, whose root the verifier already has.
        parts.append((low, high))
    return [_range_hash(start, end, hashes) for start, end in reversed(parts)]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Tell whether ``leaf`` is entry ``index`` of the tree with this size and root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, *proof]):
        return False
    first, last = index, size - 1
    node = leaf
    for step in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = node_hash(step, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, step)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root_hash


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether the new tree continues the old one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= new_size or not _are_hashes(proof):
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if old_size == new_size:
        return not proof and old_root == new_root
    # An old tree that is one complete subtree is its own first node, and is left out of the proof.
    steps = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    return _roots_from(old_size - 1, new_size - 1, steps) == (old_root, new_root)


def _roots_from(first: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Walk a consistency proof; return the old and new root it leads to, or None if it cannot."""
    if not steps:
        return None
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, step)
        first, last = first >> 1, last >> 1
    return (old, new) if last == 0 else None


def _left_part(size: int) -> int:
    """Return the largest power of two below ``size``: where the RFC splits a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(start: int, end: int, hashes: Hashes) -> bytes:
    """Return the root over leaves ``start`` to ``end``, a part that the RFC's splitting gives.

    Such a part begins at a multiple of every complete subtree in it, so it falls into one complete
    subtree per bit set in its size.
    """
    node = b""
    for bit in range((end - start).bit_length()):
        if (end - start) >> bit & 1:
            end -= 1 << bit
            left = _complete_hash(bit, end >> bit, hashes)
            node = node_hash(left, node) if node else left
            if start == end:
                break
    return node


def _complete_hash(height: int, index: int, hashes: Hashes) -> bytes:
    """Return the root of the ``index``-th complete subtree of ``2**height`` leaves."""
    level, above = divmod(height, TILE_HEIGHT)
    start, count = index << above, 1 << above
    row = hashes(level, start, count)
    if len(row) != count or not _are_hashes(row):
        raise MissingHashes(level=level, start=start)
    return root(row)


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
