"""Hashes drawn so that many lie near one another, on both sides of every radius."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from sinmungo.core.matching.index import Found, HashIndex, SlowIndex, searching, state

Bits = NDArray[np.uint8]
Keys = NDArray[np.int64]

REFERENCE = "SINMUNGO_REFERENCE_DATA"
#: Three hashes far from one another, and one whose slots are all alike.
CENTRES = [*np.random.default_rng(4).integers(0, 256, (3, 32), dtype=np.uint8), np.zeros(32, np.uint8)]
#: Radii at the edges of every way of searching.
RADII = [0, 1, 14, 15, 16, 30, 31, 32, 46, 47, 48, 62, 63, 64, 127, 128, 255]


@contextmanager
def small_parts() -> Iterator[None]:
    """Make a part of every sixth loose hash, and never scan where lists can be looked up.

    A handful of hashes then goes every way that ten million would.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "MOST_LOOSE", 5)
        patch.setattr(state, "GROWTH", 3)
        patch.setattr(searching, "ENTRY_COST", 0)
        patch.setattr(searching, "MOST_ENTRIES", 7)
        yield


def flipped(bits: Bits, places: list[int] | set[int]) -> Bits:
    """Return a hash with these bits turned over."""
    mask = np.zeros(256, dtype=np.uint8)
    mask[list(places)] = 1
    return bits ^ np.packbits(mask)


def a_hash() -> st.SearchStrategy[bytes]:
    """Give hashes at most 40 bits away from one of four centres, most of them nearer."""
    flips = st.one_of(
        st.sets(st.integers(0, 255), max_size=5),
        st.sets(st.integers(0, 255), min_size=10, max_size=40),
        # bits of two slots that follow one another
        st.sets(st.integers(0, 31).map(lambda bit: bit // 2 * 16 + bit % 2), max_size=32),
    )
    return st.builds(
        lambda centre, places: flipped(CENTRES[centre], places).tobytes(), st.integers(0, 3), flips
    )


def clustered(count: int, seed: int, *, share: float = 0.08, size: int = 50) -> Bits:
    """Return clusters of ``size`` hashes, each with a share of its centre's bits turned over."""
    drawn = np.random.default_rng(seed)
    centres = drawn.integers(0, 256, (-(-count // size), 32), dtype=np.uint8)
    return np.repeat(centres, size, axis=0)[:count] ^ noise(count, share, seed + 1)


def noise(count: int, share: float, seed: int) -> Bits:
    """Return rows of which each bit is set with the chance ``share``."""
    drawn = np.random.default_rng(seed)
    return np.packbits(drawn.random((count, 256), dtype=np.float32) < share, axis=1)


def rows(hashes: list[bytes]) -> Bits:
    """Return hashes as rows."""
    return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32)


def named(keys: list[int] | range) -> Keys:
    """Return keys as an array."""
    return np.array(list(keys), dtype=np.int64)


def same(one: Found, other: Found) -> bool:
    """Tell whether two searches found the same, in the same order and of the same types."""
    return all(
        len(mine) == len(theirs) and mine.dtype == theirs.dtype and bool((mine == theirs).all())
        for mine, theirs in zip(one, other, strict=True)
    )


def agree(index: HashIndex, twin: SlowIndex, asked: Bits, radii: list[int]) -> bool:
    """Tell whether index and twin give the same answers at each radius, asked together and one by one."""
    for radius in radii:
        together = twin.find_many(asked, radius)
        if not same(index.find_many(asked, radius), together):
            return False
        if len(asked) and not same(
            index.find(asked[0].tobytes(), radius), twin.find(asked[0].tobytes(), radius)
        ):
            return False
    return len(index) == len(twin)


def reference_folder() -> Path:
    """Return the folder of reference data; the test is skipped where none is named."""
    if not (folder := os.environ.get(REFERENCE)):
        pytest.skip(f"set {REFERENCE} to the folder of reference data")
    return Path(folder)


def hex_rows(lines: list[str]) -> Bits:
    """Return hashes written in hexadecimal as rows."""
    return rows([bytes.fromhex(line) for line in lines])
