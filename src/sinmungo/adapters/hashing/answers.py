"""What a hashing child may answer: rows of bytes, or an exit status that stands for the reason."""

from __future__ import annotations

import sys
from typing import NoReturn

#: Windows of one picture, and rows of one clip, that are ever taken.
MOST_RECORDS = 128
MOST_FRAMES = 3_600
#: Exit statuses of a child by the codes of what could not be hashed.
_STATUSES = {
    "damaged": 3,
    "too_large": 4,
    "too_many_pixels": 5,
    "not_a_picture": 6,
    "not_a_clip": 7,
    "too_long": 8,
    "too_slow": 9,
}
_OTHERWISE = "over_bounds"


def end(code: str) -> NoReturn:
    """End the child for this reason; one without a status of its own counts as damaged."""
    sys.exit(_STATUSES.get(code, _STATUSES["damaged"]))


def code_of(status: int) -> str:
    """Return the reason's code for a child's exit status."""
    return next((code for code, each in _STATUSES.items() if each == status), _OTHERWISE)
