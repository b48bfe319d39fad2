"""Tiles are named as published and completed once each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.merkle import tile_path, tiles_completed_by


@pytest.mark.parametrize(
    ("level", "index", "path"),
    [
        (0, 0, "tile/0/000"),
        (0, 999, "tile/0/999"),
        (1, 1000, "tile/1/x001/000"),
        (0, 1_234_067, "tile/0/x001/x234/067"),
    ],
)
def test_paths_are_those_of_the_specification(level: int, index: int, path: str) -> None:
    """Three digits a part, all but the last marked with x."""
    assert tile_path(level, index) == path


@pytest.mark.parametrize(("level", "index"), [(-1, 0), (0, -1)])
def test_there_are_no_tiles_below_zero(level: int, index: int) -> None:
    """Negative numbers are a programming error."""
    with pytest.raises(ValueError, match="counted from 0"):
        tile_path(level, index)


@pytest.mark.parametrize(
    ("old", "new", "tiles"),
    [
        (0, 255, []),
        (0, 256, [(0, 0)]),
        (255, 256, [(0, 0)]),
        (256, 511, []),
        (200, 700, [(0, 0), (0, 1)]),
        (65_535, 65_536, [(0, 255), (1, 0)]),
    ],
)
def test_tiles_at_their_edges(old: int, new: int, tiles: list[tuple[int, int]]) -> None:
    """A tile is completed by its 256th hash, and a level-1 tile by its 65,536th leaf."""
    assert list(tiles_completed_by(old, new)) == tiles


@given(st.lists(st.integers(0, 90_000), min_size=1, max_size=8).map(sorted))
@settings(deadline=None)
def test_however_a_log_grows_each_tile_is_completed_once(sizes: list[int]) -> None:
    """The steps' tiles together are those of one big step, and lower levels come first."""
    steps = [list(tiles_completed_by(a, b)) for a, b in zip([0, *sizes], sizes, strict=False)]
    together = [tile for step in steps for tile in step]
    assert sorted(together) == sorted(set(together)) == list(tiles_completed_by(0, sizes[-1]))
    assert all(step == sorted(step) for step in steps)


def test_a_log_never_shrinks() -> None:
    """A new size below the old one is a programming error."""
    with pytest.raises(ValueError, match="shrinks"):
        list(tiles_completed_by(2, 1))
