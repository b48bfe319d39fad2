"""What a bank and a sighting keep of a picture: at most sixteen records of 33 bytes, and nothing else.

A record is one byte that says which part of the picture was hashed, and the 32 bytes of its PDQ hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HASH_BYTES = 32
RECORD_BYTES = 1 + HASH_BYTES
#: Hashes that may exist of one protected picture, and that are kept of one that was seen.
MOST_HASHES = 16


class KitHash(NamedTuple):
    """One hash and the part of the picture it was taken from, as a number of :data:`PARTS`."""

    part: int
    bits: bytes


def pack(hashes: Sequence[KitHash]) -> bytes:
    """Return the records of ``hashes``, in their order."""
    return b"".join(bytes((each.part,)) + each.bits for each in hashes)


def unpack(records: bytes) -> list[KitHash]:
    """Return what :func:`pack` was given. Raises ValueError for a length that is no number of records."""
    if len(records) % RECORD_BYTES:
        raise ValueError("the records of a picture are 33 bytes each")
    return [
        KitHash(records[start], records[start + 1 : start + RECORD_BYTES])
        for start in range(0, len(records), RECORD_BYTES)
    ]


def as_array(hashes: Sequence[KitHash]) -> NDArray[np.uint8]:
    """Return the hashes as rows of 32 bytes."""
    joined = b"".join(each.bits for each in hashes)
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, HASH_BYTES)
