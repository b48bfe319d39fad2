"""PDQ: a hash of 256 bits that stays near when a picture is re-encoded, resized or slightly changed.

Facebook, *The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm* (2019). Everything
before the threshold is linear and separable: one product from the left and one from the right, which for
512 x 512 are sums of a few rows and columns. The bits and qualities are those of the published reference:
where they could depend on how its 32-bit sums round, its steps are walked one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching import pdq_steps as steps
from sinmungo.core.matching.pdq_steps import BEST_QUALITY, BLOCK, COSINES, POINTS, Floats, Luma

#: Hashes of less are of pictures with too little in them to tell one from another.
GOOD_QUALITY = 50
#: A larger picture is first reduced to this by this, whatever its shape.
SIDE = 512
#: A picture with a side shorter than this has a hash of zeros and no quality.
SHORTEST_SIDE = 5
HASH_BYTES = 32

_MEDIAN = 127

#: How far a coefficient may lie from the reference's, for its running sums carry their rounding along: at
#: most .0013 was measured over drawn pictures of every kind. It grows with the square of the longer side.
_ROUNDING = np.float32(0.005)
#: The same for the difference of two neighbours, in hundredths of the scale: at most .0004.
_GRADIENT_ROUNDING = np.float32(0.002)
#: What the last six of 512 rows weigh in the last of the 64: its window ends early, so three share one mean.
_LAST = np.array([3, 6, 9, 13, 10, 7], np.float32) / 48


class Hash(NamedTuple):
    """256 bits, whose hexadecimal digits are the published form, and a quality from 0 to 100."""

    bits: bytes
    quality: int


class Hashes(NamedTuple):
    """Bits ``(n, 32)`` and qualities ``(n,)`` of many pictures, in their order."""

    bits: NDArray[np.uint8]
    qualities: NDArray[np.int64]


def distance(one: bytes, other: bytes) -> int:
    """Return how many bits differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def pdq(luma: Luma) -> Hash:
    """Return the hash of one picture's greys ``(height, width)``, each 0 to 255.

    512 x 512 is the size it is fast for; the reference hashes smaller pictures at their own.
    """
    found = pdq_many([luma])
    return Hash(found.bits[0].tobytes(), int(found.qualities[0]))


def pdq_many(stack: Luma | Sequence[Luma]) -> Hashes:
    """Return the hashes of many pictures, each as :func:`pdq` would."""
    if not len(stack):
        return Hashes(np.empty((0, HASH_BYTES), np.uint8), np.empty(0, np.int64))
    means: Floats = np.stack([_block(luma) for luma in stack])
    transformed: Floats = np.matmul(np.matmul(COSINES, means), COSINES.T)
    growth = np.array([max(SIDE, *luma.shape) / SIDE for luma in stack], np.float32) ** 2
    bits, unsure_bits = _bits(transformed, growth * _ROUNDING)
    qualities, unsure_qualities = _qualities(means, growth * _GRADIENT_ROUNDING)
    small = np.array([min(luma.shape) < SHORTEST_SIDE for luma in stack])
    bits[small] = 0
    for place in np.flatnonzero((unsure_bits | unsure_qualities) & ~small).tolist():
        walked = steps.block(stack[place])
        bits[place] = steps.bits(steps.coefficients(walked))
        qualities[place] = steps.quality(walked)
    return Hashes(bits, qualities)


def _bits(transformed: Floats, rounding: Floats) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the hashes, and which of them might come out otherwise if each lay so far off."""
    flat = transformed.reshape(len(transformed), -1)
    ordered = np.partition(flat, (_MEDIAN, _MEDIAN + 1), axis=1)
    medians, above = ordered[:, _MEDIAN], ordered[:, _MEDIAN + 1]
    return steps.packed(flat > medians[:, None]), above - medians <= 2 * rounding


def _qualities(means: Floats, rounding: Floats) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the qualities, and which of them might come out otherwise."""
    room = rounding[:, None, None]
    down, across = (np.abs(np.diff(means, axis=axis)) * steps.HUNDREDTHS for axis in (1, 2))
    least, most = (
        np.minimum(BEST_QUALITY, (_whole(down + either_way) + _whole(across + either_way)) // POINTS)
        for either_way in (-room, room)
    )
    return least, least != most


def _whole(hundredths: Floats) -> NDArray[np.int64]:
    """Return the sum over each picture of what is left when fractions are cut off."""
    total: NDArray[np.int64] = hundredths.astype(np.uint8).sum(axis=(1, 2), dtype=np.int64)
    return total


def _block(luma: Luma) -> Floats:
    """Return the 64 x 64 means of a picture.

    Whole arrays are added, without a matrix product: on busy cores the threads of one wait for each other.
    """
    if min(luma.shape) < SHORTEST_SIDE:
        return np.zeros((BLOCK, BLOCK), np.float32)
    if luma.shape == (BLOCK, BLOCK):
        return luma.astype(np.float32)
    if luma.shape == (SIDE, SIDE) and luma.dtype == np.uint8:
        return _eighth_across(_eighth_down(luma))
    return _sampled_down(np.ascontiguousarray(_sampled_down(luma).T)).T


def _eighth_down(luma: Luma) -> Floats:
    """Return ``(64, 512)`` of 512 x 512 whole numbers.

    A box of four over a box of four weighs seven rows 1 2 3 4 3 2 1: the last six of eight, and one more.
    """
    rows = luma.reshape(BLOCK, -1, SIDE)
    total = np.add(rows[:, 4], rows[:, 6], dtype=np.uint16)
    total *= 3
    total += rows[:, 2]
    total += np.multiply(rows[:, 5], 4, dtype=np.uint16)
    total += 2 * np.add(rows[:, 3], rows[:, 7], dtype=np.uint16)
    total[:-1] += rows[1:, 0]
    means = total * np.float32(1 / 16)
    means[-1] = _LAST @ luma[-len(_LAST) :]
    return means


def _eighth_across(means: Floats) -> Floats:
    """Return 64 x 64 of ``(64, 512)``: the same along the rows."""
    columns = means.reshape(BLOCK, BLOCK, -1)
    total = 3 * (columns[..., 4] + columns[..., 6])
    total += columns[..., 2] + 4 * columns[..., 5] + 2 * (columns[..., 3] + columns[..., 7])
    total[:, :-1] += columns[:, 1:, 0]
    total /= 16
    total[:, -1] = means[:, -len(_LAST) :] @ _LAST
    return total


class _Taps(NamedTuple):
    """``(n, 64)``: which rows make each sample, and what they weigh."""

    places: NDArray[np.intp]
    weights: Floats


def _sampled_down(luma: Luma) -> Floats:
    """Return ``(64, width)``: the columns filtered twice, and of each 64 samples."""
    taps = _taps(len(luma))
    total = np.zeros((BLOCK, luma.shape[1]), np.float32)
    for places, weights in zip(taps.places, taps.weights[..., None], strict=True):
        total += luma[places] * weights
    return total


@lru_cache(maxsize=256)
def _taps(side: int) -> _Taps:
    """Return the two passes of the filter as one: a box of a box, narrower at both ends."""
    full = steps.window(side)
    places = np.arange(side)
    last = places[:, None] + steps.lookahead(full)
    box = ((places <= last) & (places > last - full)).astype(np.float64)
    box /= box.sum(axis=1, keepdims=True)
    weights = box[steps.sampled(side)] @ box
    first = np.minimum(np.argmax(weights > 0, axis=1), side - (2 * full - 1))
    reached = first + np.arange(2 * full - 1)[:, None]
    return _Taps(reached, np.take_along_axis(weights.T, reached, axis=0).astype(np.float32))
