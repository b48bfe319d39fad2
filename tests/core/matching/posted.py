"""Known pictures drawn by code, and how near the windows of a picture come to a kit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sinmungo.core.matching.decoding import Picture
from sinmungo.core.matching.fingerprints import KitHash
from sinmungo.core.matching.pdq import distance

RADIUS = 31


def scene(seed: int = 1, size: tuple[int, int] = (720, 540)) -> Image.Image:
    """Return coloured noise of many scales with some discs on it: always another for another seed."""
    rng = np.random.default_rng(seed)
    planes = np.zeros((size[1], size[0]), dtype=np.float32)
    for octave in range(2, 7):
        grain = Image.fromarray(rng.normal(0, 0.7**octave, (2**octave, 2**octave)).astype(np.float32))
        planes += np.asarray(grain.resize(size, Image.Resampling.BICUBIC))
    low, high = np.percentile(planes, (1, 99))
    return Image.fromarray(np.clip((planes - low) / (high - low) * 255, 0, 255).astype(np.uint8))


def look(image: Image.Image) -> Picture:
    """Return a picture as it is after decoding."""
    return Picture(np.asarray(image.convert("L")), image.size)


def picture(greys: NDArray[np.uint8]) -> Picture:
    """Return a picture of these greys."""
    return Picture(greys, (greys.shape[1], greys.shape[0]))


def nearest(known: Sequence[KitHash], seen: Sequence[KitHash]) -> tuple[int, KitHash, KitHash]:
    """Return the least distance and between which two it is."""
    return min(
        ((distance(one.bits, other.bits), one, other) for one in known for other in seen),
        key=lambda found: found[0],
    )


def matches(known: Sequence[KitHash], seen: Sequence[KitHash]) -> bool:
    """Return whether anything known lies within the radius of anything seen."""
    return bool(known) and bool(seen) and nearest(known, seen)[0] <= RADIUS
