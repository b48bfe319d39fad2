"""What goes into an index and what comes out, and the checks of what is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bits = NDArray[np.uint8]
Keys = NDArray[np.int64]

HASH_BYTES = 32
#: Hashes that an index holds; the places of its largest part must leave bits free in an entry.
MAX_HASHES = 1 << 27
RADIUS = 31
#: The largest radius that says anything: at 256 everything is found.
MAX_RADIUS = 255


class Found(NamedTuple):
    """What a search found: parallel rows, sorted by row, then distance, then key.

    ``rows`` are the places of the hashes that were asked, ``keys`` those of the hashes that were found.
    """

    rows: NDArray[np.int64]
    keys: Keys
    distances: NDArray[np.int16]


def in_order(found: Sequence[Found]) -> Found:
    """Return what was found as one, sorted as promised, each pair of a row and a key once."""
    rows, keys, distances = found[0]
    if len(found) > 1:
        rows, keys, distances = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((keys, distances, rows))
    rows, keys, distances = rows.take(order), keys.take(order), distances.take(order)
    if not len(order):
        return Found(rows, keys, distances)
    is_new = np.concatenate(([True], (rows[1:] != rows[:-1]) | (keys[1:] != keys[:-1])))
    return Found(rows[is_new], keys[is_new], distances[is_new])


def one_hash(bits: bytes) -> Bits:
    """Return a hash as one row. Raises ValueError unless it is 32 bytes."""
    if len(bits) != HASH_BYTES:
        raise ValueError("a hash is 32 bytes")
    return np.frombuffer(bits, dtype=np.uint8).reshape(1, HASH_BYTES)


def checked_hashes(hashes: ArrayLike) -> Bits:
    """Return hashes as an array of shape (n, 32). Raises ValueError for another shape or type."""
    given = np.asarray(hashes)
    if given.ndim != 2 or given.shape[1] != HASH_BYTES or given.dtype != np.uint8:
        raise ValueError("hashes are rows of 32 bytes")
    return np.ascontiguousarray(given)


def checked_keys(keys: ArrayLike) -> Keys:
    """Return keys as an array of shape (n,). Raises ValueError for what is no row of 64-bit whole numbers."""
    given = np.asarray(keys)
    if given.ndim != 1 or (given.size and not np.can_cast(given.dtype, np.int64)):
        raise ValueError("keys are whole numbers of 64 bits, one for each hash")
    return given.astype(np.int64)


def checked_pairs(hashes: ArrayLike, keys: ArrayLike) -> tuple[Bits, Keys]:
    """Return hashes and their keys, in their order.

    Raises ValueError for what is neither, for numbers of them that differ, and for a key given twice.
    """
    rows, named = checked_hashes(hashes), checked_keys(keys)
    if len(rows) != len(named):
        raise ValueError("each hash has one key")
    sorted_keys = np.sort(named)
    if (sorted_keys[1:] == sorted_keys[:-1]).any():
        raise ValueError("a key is given twice")
    return rows, named


def checked_radius(radius: int) -> int:
    """Return the radius. Raises ValueError unless it is 0 to 255."""
    if not 0 <= radius <= MAX_RADIUS:
        raise ValueError(f"a radius is 0 to {MAX_RADIUS}")
    return radius
