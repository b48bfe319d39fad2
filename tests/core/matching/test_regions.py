"""Regions of a picture in which another picture may lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from sinmungo.core.matching.regions import MOST_REGIONS, Box, regions
from tests.core.matching.posted import scene

TOLERANCE = 4


def _near(box: Box | None, expected: tuple[int, int, int, int]) -> bool:
    return box is not None and all(
        abs(one - other) <= TOLERANCE for one, other in zip(box, expected, strict=True)
    )


def _placed(box: tuple[int, int, int, int], size: tuple[int, int], ground: int) -> np.ndarray:
    whole = Image.new("L", size, ground)
    whole.paste(scene(4, (box[2] - box[0], box[3] - box[1])), box[:2])
    return np.asarray(whole)


@pytest.mark.parametrize("ground", [0, 6, 128, 250, 255])
@pytest.mark.parametrize("box", [(0, 100, 600, 500), (80, 0, 520, 700), (60, 90, 540, 640)])
def test_a_plain_border_is_trimmed_to_the_picture(box: tuple[int, int, int, int], ground: int):
    """A border of any grey, on all sides or on two, is found to the pixel or two."""
    found = regions(_placed(box, (600, 700), ground))

    assert _near(found.trimmed, box)
    assert found.framed == found.trimmed


def test_noise_that_jpeg_leaves_in_a_border_does_not_hide_it():
    """A border whose greys vary by a few tones is still plain."""
    box = (60, 90, 540, 640)
    noise = np.random.default_rng(1).integers(-3, 4, (700, 600))
    greys = np.clip(_placed(box, (600, 700), 20) + noise, 0, 255).astype(np.uint8)

    assert _near(regions(greys).trimmed, box)


def test_a_picture_without_borders_has_no_region():
    """Nothing is trimmed from what has no plain line at its edge."""
    found = regions(np.asarray(scene()))

    assert found.trimmed is None
    assert found.framed is None


def test_a_picture_that_is_all_border_has_no_region():
    """A plain picture is trimmed to nothing, and nothing is told."""
    found = regions(np.full((500, 700), 200, dtype=np.uint8))

    assert found == (None, None, [])


@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (1, 2), (2, 2), (3, 1)])
def test_seams_between_pictures_divide_them(columns: int, rows: int):
    """Each picture of a collage without gaps is a region."""
    sheet = Image.new("L", (columns * 300, rows * 240))
    for place in range(columns * rows):
        spot = ((place % columns) * 300, (place // columns) * 240)
        sheet.paste(scene(20 + place, (300, 240)), spot)
    parts = regions(np.asarray(sheet)).parts

    for place in range(columns * rows):
        left, top = (place % columns) * 300, (place // columns) * 240
        assert any(_near(part, (left, top, left + 300, top + 240)) for part in parts)


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))), st.integers(1, 30))
def test_regions_lie_within_any_picture_and_are_few(greys: np.ndarray, scale: int):
    """Whatever a picture holds, its regions lie in it, each once, the largest first."""
    whole = np.kron(greys, np.ones((scale, scale), dtype=np.uint8))
    found = regions(whole)
    areas = [(part.right - part.left) * (part.bottom - part.top) for part in found.parts]

    assert len(found.parts) == len(set(found.parts)) <= MOST_REGIONS
    assert areas == sorted(areas, reverse=True)
    for part in found.parts:
        assert 0 <= part.left < part.right <= whole.shape[1]
        assert 0 <= part.top < part.bottom <= whole.shape[0]
    assert found.framed is None or found.framed in found.parts
    assert found.trimmed is None or found.trimmed in found.parts
