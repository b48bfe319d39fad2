"""Tiles: 256 hashes of one level, written once when full (C2SP tlog-tiles).

Tile level 0 holds leaf hashes, level 1 the roots of full level-0 tiles, and so on: a hash at tile
level L covers 256**L leaves.
"""

from __future__ import annotations

from collections.abc import Iterator

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT


def tile_path(level: int, index: int) -> str:
    """Return the path of a full tile, such as ``tile/0/x001/x234/067`` for index 1,234,067."""
    if level < 0 or index < 0:
        raise ValueError("tiles are counted from 0")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return "/".join(["tile", str(level), *("x" + group for group in groups[:-1]), groups[-1]])


def tiles_completed_by(old_size: int, new_size: int) -> Iterator[tuple[int, int]]:
    """Yield (level, index) of each tile that becomes full when a log grows, lower levels first.

    In this order each tile's hashes can be had from leaves or from tiles already yielded.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError("a log never shrinks")
    level, covered = 0, TILE_WIDTH
    while covered <= new_size:
        yield from ((level, index) for index in range(old_size // covered, new_size // covered))
        level, covered = level + 1, covered * TILE_WIDTH
