"""Sets of hashes of many shapes, and hashes to ask for: half near something that is held, half not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Bits = NDArray[np.uint8]

REFERENCE = "SINMUNGO_REFERENCE_DATA"
RADIUS = 31
CLUSTER = 50
#: 41 in 512 bits, which is 8.0 %.
FLIPS = 41
_FLIPS_OUT_OF = 9
_WORDS, _VALUES = 16, 1 << 16


def uniform(count: int, drawn: Generator) -> Bits:
    """Return hashes of which each bit is drawn by itself."""
    return np.frombuffer(drawn.bytes(32 * count), dtype=np.uint8).reshape(count, 32).copy()


def clusters(count: int, drawn: Generator) -> Bits:
    """Return clusters of 50, each hash its centre with 8 % of the bits turned over."""
    centres = uniform(-(-count // CLUSTER), drawn)
    return np.repeat(centres, CLUSTER, axis=0)[:count] ^ noise(count, drawn)


def tenth(count: int, drawn: Generator) -> Bits:
    """Return hashes of which the first tenth is one cluster of 8 % flips, and the others are uniform."""
    hashes, many = uniform(count, drawn), max(count // 10, 1)
    hashes[:many] = _centre() ^ noise(many, drawn)
    return hashes


def zipf(count: int, drawn: Generator) -> Bits:
    """Return hashes whose sixteen words of 16 bits follow Zipf's law (exponent 1), each word by itself.

    Every fifteenth hash or so has the commonest value of a word.
    """
    weights = 1 / np.arange(1, _VALUES + 1)
    limits = np.cumsum(weights / weights.sum())
    words = np.empty((count, _WORDS), dtype=np.uint16)
    for place in range(_WORDS):
        names = np.random.default_rng(place).permutation(_VALUES).astype(np.uint16)
        words[:, place] = names[np.searchsorted(limits, drawn.random(count)).clip(max=_VALUES - 1)]
    return words.view(np.uint8)


def zipf_in_our_slots(count: int, drawn: Generator) -> Bits:
    """Return hashes whose bits s, s + 16, s + 32 ... are the words of :func:`zipf`: our worst case."""
    hashes = zipf(count, drawn)
    for start in range(0, count, _VALUES):
        bits = np.unpackbits(hashes[start : start + _VALUES], axis=1, bitorder="little")
        over = bits.reshape(-1, 16, 16).transpose(0, 2, 1).reshape(-1, 256)
        hashes[start : start + _VALUES] = np.packbits(over, axis=1, bitorder="little")
    return hashes


def real(count: int, drawn: Generator) -> Bits:
    """Return the reference hashes (2,629 of pictures and frames), again and again with 8 % flips."""
    known = _reference()
    return known[drawn.integers(0, len(known), count)] ^ noise(count, drawn)


SHAPES: dict[str, Callable[[int, Generator], Bits]] = {
    each.__name__: each for each in (uniform, clusters, tenth, real, zipf, zipf_in_our_slots)
}


def shapes() -> list[str]:
    """Return the shapes that can be drawn here; the real one needs the folder of reference data."""
    return [name for name in SHAPES if name != "real" or os.environ.get(REFERENCE)]


def asked(shape: str, held: Bits, count: int, drawn: Generator) -> Bits:
    """Return hashes to ask for: in turn one that is held, with 0 to 31 bits turned over, and a fresh one.

    A fresh one is drawn as the shape is; of the real ones it has 8 % flips four times: it is near nothing.
    """
    found = drawn.permutation(SHAPES[shape](count, drawn))
    if shape == "real":
        for _ in range(3):
            found ^= noise(count, drawn)
    near = held[drawn.integers(0, len(held), count // 2)]
    for place, row in enumerate(near):
        mask = np.zeros(256, dtype=np.uint8)
        mask[drawn.choice(256, drawn.integers(0, RADIUS + 1), replace=False)] = 1
        found[2 * place] = row ^ np.packbits(mask)
    return found


def noise(count: int, drawn: Generator) -> Bits:
    """Return rows of which each bit is set with the chance 41/512."""
    rows = np.zeros((count, 32), dtype=np.uint8)
    # each bit of 41, lowest first, halves what stands and adds a half where it is set
    for step in range(_FLIPS_OUT_OF):
        fresh = uniform(count, drawn)
        rows = rows | fresh if FLIPS >> step & 1 else rows & fresh
    return rows


def _centre() -> Bits:
    return uniform(1, np.random.default_rng(20))


def _reference() -> Bits:
    folder = Path(os.environ[REFERENCE])
    lines: list[str] = []
    for name in ("haystack", "needles"):
        lines += (folder / "img-pdq-threatexchange" / f"{name}.txt").read_text(encoding="utf-8").split()
    for path in sorted((folder / "vid-tmk-vpdq" / "vpdq-hashes").glob("*.txt")):
        lines += [line.split(",")[2] for line in path.read_text(encoding="utf-8").split()]
    return np.array([list(bytes.fromhex(line)) for line in lines], dtype=np.uint8)
