"""How a clip's frames are read: whole, between bars, upper half, lower half, mirrored; and their hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.clip_rows import Clip, parted
from sinmungo.core.matching.decoding import reduced
from sinmungo.core.matching.pdq import pdq_many

#: Left, upper, right, lower.
Box = tuple[int, int, int, int]
Stack = NDArray[np.uint8]

_READINGS = ("whole", "between", "upper", "lower", "mirrored")
#: Frames that are looked at together, and their pixels, whichever is reached first.
TOGETHER = 32
_PIXELS_TOGETHER = 48_000_000
_SIDE = 512
#: Tones that a bar may differ by, noise included.
_PLAIN_WITHIN = 24
#: A bar is at least one part in fifty of its side, and the picture between two at least three tenths.
_LEAST_BAR, _LEAST_LEFT = _SIDE // 50, _SIDE * 3 // 10


class Frame(NamedTuple):
    """A frame upright: its second from the first one, and its luma (h, w) in bytes."""

    second: float
    luma: NDArray[np.uint8]


def hashed(frames: Iterator[Frame]) -> Clip:
    """Return the hashes of frames in all their readings; frames without any shape are left out."""
    readings: dict[str, list[Clip]] = {name: [] for name in _READINGS}
    has_bars = False
    for group in _groups(frames):
        stacks = _stacks(group)
        has_bars = has_bars or "between" in stacks
        seconds = np.array([frame.second for frame in group])
        for name, parts in readings.items():
            parts.append(_hashes(stacks[name], seconds) if name in stacks else readings["whole"][-1])
    if not has_bars:
        del readings["between"]
    return parted([_joined(parts) for parts in readings.values()])


def bars(stack: Stack) -> Box | None:
    """Return what lies between plain bars that all frames (n, 512, 512) have; None without bars."""
    columns = _between(np.ptp(stack, axis=1).max(axis=0))
    rows = _between(np.ptp(stack, axis=2).max(axis=0))
    if columns is None or rows is None or columns == rows == (0, _SIDE):
        return None
    return columns[0], rows[0], columns[1], rows[1]


def _between(ranges: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Return where the lines that are not plain begin and end; None when too little would be left."""
    busy = np.flatnonzero(ranges > _PLAIN_WITHIN)
    if not busy.size:
        return None
    begin, end = int(busy[0]), int(busy[-1]) + 1
    # the line beside a bar is half bar, half picture
    begin = begin + 1 if begin >= _LEAST_BAR else 0
    end = end - 1 if _SIDE - end >= _LEAST_BAR else _SIDE
    return (begin, end) if end - begin >= _LEAST_LEFT else None


def _groups(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    """Yield frames of one size that follow one another."""
    group: list[Frame] = []
    for frame in frames:
        is_full = (len(group) + 1) * frame.luma.size > _PIXELS_TOGETHER or len(group) == TOGETHER
        if group and (is_full or frame.luma.shape != group[0].luma.shape):
            yield group
            group = []
        group.append(frame)
    if group:
        yield group


def _stacks(group: Sequence[Frame]) -> dict[str, Stack]:
    height, width = group[0].luma.shape
    whole = _reduced(group, (0, 0, width, height))
    found = {"whole": whole}
    left, upper, right, lower = 0, 0, width, height
    box = bars(whole)
    if box is not None:
        left, right = (round(place * width / _SIDE) for place in box[::2])
        upper, lower = (round(place * height / _SIDE) for place in box[1::2])
        found["between"] = _reduced(group, (left, upper, right, lower))
    found["mirrored"] = found.get("between", whole)[:, :, ::-1]
    middle = (upper + lower) // 2
    if upper < middle < lower:
        found["upper"] = _reduced(group, (left, upper, right, middle))
        found["lower"] = _reduced(group, (left, middle, right, lower))
    return found


def _reduced(group: Sequence[Frame], box: Box) -> Stack:
    return np.stack([reduced(frame.luma, box) for frame in group])


def _hashes(stack: Stack, seconds: NDArray[np.float64]) -> Clip:
    found = pdq_many(np.ascontiguousarray(stack))
    shaped = found.bits.any(axis=1)
    return Clip(found.bits[shaped], found.qualities[shaped].astype(np.int64), seconds[shaped])


def _joined(parts: Sequence[Clip]) -> Clip:
    return Clip(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
