"""Windows of a picture: its inside, its corners and sides, slightly turned, quarter turns.

A kit of protected media holds centre crops. Whoever crops a picture off its centre, turns it or covers its
edge still leaves most of those crops somewhere in it, and a window is where such a crop then lies. All
windows are samples of one picture that was filtered once, so that sixty of them cost as little as ten hashes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.fingerprints import FIRST_WINDOW, KIT_CROPS, WINDOW_NAMES
from sinmungo.core.matching.pdq import SIDE
from sinmungo.core.matching.pdq_steps import BLOCK

Floats = NDArray[np.float32]
Places = NDArray[np.intp]

#: PDQ samples every eighth of 512 lines after two boxes of four, each of which moves its middle half a pixel.
_STEP = SIDE // BLOCK
_ALONG = (_STEP * np.arange(BLOCK) + _STEP / 2 + 1.5) / SIDE
_MOVED = 1.5
#: Pictures whose shapes differ by less than a step share the places of their turned windows.
_SHAPE_STEPS = 16
#: Windows whose places are remembered, 32 KiB each.
_MOST_KEPT = 256


class Window(NamedTuple):
    """A part of a picture as shares of its sides, seen in a mirror where right is less than left.

    ``degrees`` is how far the picture was turned clockwise, which the window undoes about its middle;
    ``quarters`` how many quarter turns.
    """

    part: int
    left: float
    top: float
    right: float
    bottom: float
    degrees: float = 0.0
    quarters: int = 0


def _inner(kept: float, degrees: float = 0.0) -> Window:
    """Return the window that keeps ``kept`` of both sides about the middle."""
    edge = (1 - kept) / 2
    return Window(0, edge, edge, 1 - edge, 1 - edge, degrees)


def _cut(lost: float, edges: frozenset[str]) -> Window:
    """Return where the largest crop of a kit lies that is still whole in a picture that lost these edges.

    Of a side that lost a share p at one end, a centre crop of k begins (1 - k) / 2 - p of the old side in,
    and all is measured in what is left, 1 - p of it. It is whole while k is at most 1 - 2 p.
    """
    crop = max(kept for kept in _CROPS if kept <= 1 - 2 * lost + _NEAR)
    edge = (1 - crop) / 2
    begins, ends = (edge - lost) / (1 - lost), (edge - lost + crop) / (1 - lost)
    low, high = max(begins, 0.0), min(ends, 1.0)
    along = {True: (low, high), False: (1 - high, 1 - low)}
    left, right = along["left" in edges] if edges & {"left", "right"} else (edge, 1 - edge)
    top, bottom = along["top" in edges] if edges & {"top", "bottom"} else (edge, 1 - edge)
    return Window(0, left, top, right, bottom)


def _tile(edges: frozenset[str]) -> Window:
    """Return the half or the quarter of a picture that lies at these edges: one of a pair, one of four."""
    left, top = 0.5 * ("right" in edges), 0.5 * ("bottom" in edges)
    right = 0.5 if "left" in edges else 1.0
    bottom = 0.5 if "top" in edges else 1.0
    return Window(0, left, top, right, bottom)


def _named(name: str) -> Window:
    """Return the window of a name of :data:`~sinmungo.core.matching.fingerprints.WINDOW_NAMES`."""
    *words, last = name.split("-")
    if last == "turn":
        return Window(0, 0, 0, 1, 1, quarters=_QUARTERS[name])
    if last in ("half", "quarter"):
        return _tile(frozenset(words))
    if words[0] == "turned":
        return _inner(_KEPT_OF_TURNED, int(last) * (1 if words[1] == "right" else -1))
    if words[0] == "inner":
        return _inner(1 - int(last) / 100)
    return _cut(int(last) / 100, frozenset(words[1:]))


_CROPS = tuple(1 - lost / 100 for lost in KIT_CROPS)
#: So much more than what is left may a crop want: PDQ does not see it.
_NEAR = 0.004
_QUARTERS = {"quarter-turn": 1, "half-turn": 2, "three-quarter-turn": 3}
#: A picture that was turned is cut to a rectangle or has corners that are not its own.
_KEPT_OF_TURNED = 0.97
#: All windows, the most useful first.
WINDOWS = tuple(_named(name)._replace(part=FIRST_WINDOW + place) for place, name in enumerate(WINDOW_NAMES))

#: Those that undo a cut at one side at most. Only crops at two sides have so long a name.
SIMPLE_WINDOWS = tuple(
    window for window, name in zip(WINDOWS, WINDOW_NAMES, strict=True) if name.count("-") < 3
)


def sampled(luma: NDArray[np.uint8], windows: Sequence[Window], shape: float) -> Floats:
    """Return ``(n, 64, 64)``: the means that PDQ takes of each window of a picture reduced to 512 x 512.

    ``shape`` is the picture's width over its height before that. A picture of 64 x 64 is hashed as it is,
    so these can be given to :func:`~sinmungo.core.matching.pdq.pdq_many`.
    """
    steps = round(math.log2(shape) * _SHAPE_STEPS)
    places = [_places(window, steps if window.degrees else 0) for window in windows]
    means: Floats = _filtered(luma).ravel()[np.stack(places)]
    return means


def _filtered(luma: NDArray[np.uint8]) -> Floats:
    """Return the picture after two boxes of four along both sides, its edge lines repeated outside."""
    padded = np.pad(luma.astype(np.float32), ((2, 4), (2, 4)), mode="edge")
    for _ in range(2):
        # a box of four is a box of two, and that again two lines on
        pairs = padded[:-1] + padded[1:]
        padded = pairs[:-2] + pairs[2:]
        pairs = padded[:, :-1] + padded[:, 1:]
        padded = pairs[:, :-2] + pairs[:, 2:]
    return np.ascontiguousarray(padded) / np.float32(256)


@lru_cache(maxsize=_MOST_KEPT)
def _places(window: Window, steps: int) -> Places:
    """Return which of 512 x 512 filtered pixels a window samples, ``(64, 64)``."""
    across = window.left + _ALONG * (window.right - window.left)
    down = window.top + _ALONG * (window.bottom - window.top)
    x, y = np.broadcast_arrays(across[None, :], down[:, None])
    if window.degrees:
        x, y = _turned(x, y, math.radians(window.degrees), 2.0 ** (steps / _SHAPE_STEPS))
    columns, rows = (
        np.clip(np.rint(shares * SIDE - _MOVED), 0, SIDE - 1).astype(np.intp) for shares in (x, y)
    )
    return np.rot90(rows * SIDE + columns, window.quarters)


def _turned(
    x: NDArray[np.float64], y: NDArray[np.float64], angle: float, shape: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where shares of the sides lie after a turn about the middle of a picture of that shape."""
    wide, tall = (x - 0.5) * shape, y - 0.5
    return (
        (wide * math.cos(angle) - tall * math.sin(angle)) / shape + 0.5,
        wide * math.sin(angle) + tall * math.cos(angle) + 0.5,
    )
