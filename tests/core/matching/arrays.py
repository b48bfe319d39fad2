"""Arrays of greys drawn by whole numbers alone, so that they are the same on every machine.

``python -m tests.core.matching.arrays`` prints the lines of ``tests/golden/pdq/arrays.txt``: what pdqhash,
the published reference under a Python cover, makes of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Greys = NDArray[np.uint8]
Places = NDArray[np.int64]


def noise(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return every tone at every place."""
    return random.randint(0, 256, np.broadcast_shapes(x.shape, y.shape))


def patches(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return squares of sixteenths, each of its own tone."""
    tones = random.randint(0, 256, (17, 17))
    return tones[y * 16 // (y.max() + 1), x * 16 // (x.max() + 1)]


def rectangles(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return rectangles one over another."""
    drawn = np.full(np.broadcast_shapes(x.shape, y.shape), random.randint(0, 256))
    for _ in range(random.randint(1, 40)):
        (left, right), (top, bottom) = (np.sort(random.randint(0, side.max() + 2, 2)) for side in (x, y))
        drawn[top:bottom, left:right] = random.randint(0, 256)
    return drawn


def rings(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return rings of two tones about a place."""
    across, down = random.randint(0, x.max() + 1), random.randint(0, y.max() + 1)
    far = (x - across) ** 2 + (y - down) ** 2
    light, dark = random.randint(0, 256, 2)
    return np.where(far // random.randint(400, 40_000) % 2, light, dark)


def slopes(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return tones that rise and fall in some directions at once, a little noise among them."""
    drawn = random.randint(0, 12, np.broadcast_shapes(x.shape, y.shape))
    for _ in range(4):
        across, down = random.randint(-9, 10, 2)
        drawn = drawn + np.abs((across * x + down * y) // 4 % 122 - 61)
    return drawn


def stripes(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return stripes along one side: every frequency across them is nothing but rounding."""
    along = (x if random.randint(2) else y) + 0 * (x + y)
    return along // random.randint(1, 90) % 2 * random.randint(1, 256)


def checks(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return a board whose squares meet at full contrast."""
    size = random.randint(1, 90)
    return (x // size + y // size) % 2 * 255


def ramp(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return tones that rise along one side."""
    along = (x if random.randint(2) else y) + 0 * (x + y)
    return along * random.randint(1, 256) // (along.max() + 1)


def flat(random: np.random.RandomState, x: Places, y: Places) -> Places:
    """Return one tone."""
    return 0 * (x + y) + random.randint(0, 256)


KINDS: dict[str, Callable[[np.random.RandomState, Places, Places], Places]] = {
    draw.__name__: draw for draw in (noise, patches, rectangles, rings, slopes, stripes, checks, ramp, flat)
}
#: Kinds that hold enough to be told apart whatever their seed.
RICH = ("noise", "patches")


def drawn(kind: str, seed: int, width: int = 512, height: int = 512) -> Greys:
    """Return greys of a kind; RandomState is promised never to change."""
    x, y = np.arange(width)[None, :], np.arange(height)[:, None]
    return KINDS[kind](np.random.RandomState(seed), x, y).clip(0, 255).astype(np.uint8)


def _vectors() -> Iterator[str]:
    reference = importlib.import_module("pdqhash")
    sizes = ((512, 512),) * 6 + ((300, 200), (129, 512), (64, 64), (33, 47), (5, 9), (900, 700))
    for kind in KINDS:
        for seed, (width, height) in enumerate(sizes):
            greys = drawn(kind, seed, width, height)
            bits, quality = reference.compute(np.repeat(greys[..., None], 3, axis=2))
            digits = np.packbits(bits.astype(np.uint8)).tobytes().hex()
            yield f"{kind} {seed} {width} {height} {digits} {quality}"


if __name__ == "__main__":
    print("\n".join(_vectors()))
