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
#: Hundredths of both sides that the centre crops of a kit leave out, half of it at each edge.
KIT_CROPS = (0, 4, 8, 12, 16, 20, 30, 40)
#: Parts of a kit: each crop and its mirror image. The whole is the same part wherever it is hashed.
KIT_PARTS = tuple(range(2 * len(KIT_CROPS)))
WHOLE, WHOLE_MIRRORED = 0, 1
#: Without plain edges; and between plain lines, where most likely a picture is.
TRIMMED, TRIMMED_MIRRORED, FRAMED, FRAMED_MIRRORED = 16, 17, 18, 19
#: Other regions of a picture that is looked up, the largest first.
REGIONS = tuple(range(20, 32))
#: Windows of a picture that is looked up; see :mod:`sinmungo.core.matching.windows`.
FIRST_WINDOW = 32
#: The part of a hash that came from elsewhere: nobody knows what was hashed, most likely the whole.
UNKNOWN = 255
#: Windows are named for what they undo: so many hundredths cut off at a side, or at both sides of a corner.
_SIDES = ("left", "right", "top", "bottom")
_CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
#: Words of windows from :data:`FIRST_WINDOW` on, the most useful first. Numbers are kept for years: a new one
#: stands at the end.
WINDOW_NAMES = (
    *("inner-10", "inner-20", "inner-40"),
    *("turned-left-2", "turned-right-2", "turned-left-4", "turned-right-4"),
    *("quarter-turn", "half-turn", "three-quarter-turn"),
    *(f"cut-{side}-6" for side in _SIDES),
    *(f"{side}-half" for side in _SIDES),
    *(f"{corner}-quarter" for corner in _CORNERS),
    *(f"cut-{side}-{lost}" for lost in (10, 14, 17, 2, 19) for side in _SIDES),
    *(f"cut-{corner}-{lost}" for lost in (4, 8, 11, 14, 17, 19) for corner in _CORNERS),
)


class KitHash(NamedTuple):
    """One hash and the part of the picture it was taken from, a number that :func:`part_name` names."""

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


def _names() -> dict[int, str]:
    crops = ["whole", *(f"crop-{lost}" for lost in KIT_CROPS[1:])]
    both = [each for name in (*crops, "trimmed", "framed") for each in (name, f"{name}-mirrored")]
    regions = [f"region-{place}" for place in range(1, len(REGIONS) + 1)]
    return dict(enumerate([*both, *regions, *WINDOW_NAMES]))


_NAMES = _names()


def part_name(part: int) -> str:
    """Return the word for a part, the same in every release; ``unknown`` for a number without one."""
    return _NAMES.get(part, "unknown")
