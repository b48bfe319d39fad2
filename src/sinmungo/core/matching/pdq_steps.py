"""PDQ walked step by step, in the order in which the published reference adds and divides.

Slow, and right to the last bit: the twin that :mod:`sinmungo.core.matching.pdq` is held against, and asks
where rounding decides. Source: Facebook, *The TMK+PDQF video-hashing algorithm and the PDQ image-hashing
algorithm* (2019), and how its reference behaves, which sums in 32-bit floats, one after another.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Luma = NDArray[np.uint8] | Floats

#: A picture is reduced to so many rows and columns, and so many frequencies are kept along each.
BLOCK = 64
FREQUENCIES = 16
TONES = 255
#: Hundredths of the whole scale in one tone.
HUNDREDTHS = np.float32(100 / TONES)
#: So many hundredths, over all neighbours, are one point of quality.
POINTS = 90
BEST_QUALITY = 100


def _cosines() -> Floats:
    """Return the 16 lowest frequencies but the constant one; the scale is a 32-bit float in the reference."""
    scale = float(np.float32(math.sqrt(2 / BLOCK)))
    steps = [[(row + 1) * (2 * column + 1) for column in range(BLOCK)] for row in range(FREQUENCIES)]
    return np.array([[scale * math.cos(math.pi / 128 * step) for step in row] for row in steps], np.float32)


COSINES = _cosines()


def window(side: int) -> int:
    """Return how many pixels the box filter spans along a side of ``side`` pixels."""
    return (side + 2 * BLOCK - 1) // (2 * BLOCK)


def lookahead(full: int) -> int:
    """Return how far beyond the pixel itself a window of ``full`` pixels reaches."""
    return full // 2


def sampled(side: int) -> NDArray[np.intp]:
    """Return which of ``side`` filtered rows or columns the 64 are taken from."""
    return ((np.arange(BLOCK) + 0.5) * side / BLOCK).astype(np.intp)


def _box_down(values: Floats) -> Floats:
    """Return means over a window that slides down each column and is narrower at both ends.

    The sum runs on: what comes in is added, what goes out is taken away, and its rounding stays.
    """
    side = len(values)
    full = window(side)
    ahead = lookahead(full)
    rows, sums = list(values), np.empty_like(values)
    total = np.zeros(values.shape[1], np.float32)
    for place in range(side + ahead):
        if place < side:
            total += rows[place]
        if place >= full:
            total -= rows[place - full]
        if place >= ahead:
            sums[place - ahead] = total
    inside = np.minimum(np.arange(side) + ahead + 1, side) - np.maximum(np.arange(side) + ahead + 1 - full, 0)
    sums /= inside[:, None].astype(np.float32)
    return sums


def block(luma: Luma) -> Floats:
    """Return the 64 x 64 means: twice a box along the rows and down the columns, then samples."""
    rows, columns = sampled(luma.shape[0]), sampled(luma.shape[1])
    across = _box_down(np.ascontiguousarray(luma.T, np.float32))
    filtered = _box_down(np.ascontiguousarray(across.T))
    across = _box_down(np.ascontiguousarray(filtered.T))
    return _box_down(np.ascontiguousarray(across[columns].T))[rows]


def coefficients(means: Floats) -> Floats:
    """Return the 16 x 16 lowest frequencies of a cosine transform."""
    along = _product(COSINES, means)
    return _product(along, COSINES.T)


def _product(left: Floats, right: Floats) -> Floats:
    """Return the matrix product with each sum taken from its first term to its last."""
    total = np.zeros((left.shape[0], right.shape[1]), np.float32)
    for place in range(left.shape[1]):
        total += left[:, place, None] * right[place]
    return total


def bits(transformed: Floats) -> NDArray[np.uint8]:
    """Return 32 bytes: which coefficients lie above the median (of an even number, the lower)."""
    flat = transformed.ravel()
    middle = flat.size // 2 - 1
    hashed: NDArray[np.uint8] = packed((flat > np.partition(flat, middle)[middle])[None])[0]
    return hashed


def packed(above: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return rows of 32 bytes of rows of 256 truths: the last is the highest bit of the first byte."""
    lowest_first = np.packbits(above, axis=1, bitorder="little")
    return np.ascontiguousarray(lowest_first[:, ::-1])


def quality(means: Floats) -> int:
    """Return 0 to 100: how much neighbours among the 64 x 64 differ, in hundredths cut to whole ones."""
    total = sum(_gradient(np.diff(means, axis=axis)) for axis in (0, 1))
    return min(BEST_QUALITY, total // POINTS)


def _gradient(differences: Floats) -> int:
    return int(np.abs((differences * np.float32(100) / np.float32(TONES)).astype(np.int32)).sum())
