"""Windows of a picture: each undoes what its name says."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageOps

from sinmungo.core.matching.decoding import reduced
from sinmungo.core.matching.fingerprints import (
    FIRST_WINDOW,
    REGIONS,
    UNKNOWN,
    WINDOW_NAMES,
    KitHash,
    as_array,
    pack,
    part_name,
    unpack,
)
from sinmungo.core.matching.pdq import distance, pdq, pdq_many
from sinmungo.core.matching.windows import WINDOWS, Window, sampled
from tests.core.matching.posted import scene

#: Filtering once for all windows costs a few bits where a window is small.
FEW_BITS = 12


def _bits(window: Window) -> bytes:
    greys = np.asarray(scene())
    return pdq_many(sampled(reduced(greys), [window], 720 / 540)).bits[0].tobytes()


def test_the_window_of_the_whole_has_the_hash_of_the_whole():
    """Samples of the filtered picture are what PDQ takes itself, but at the very edge."""
    whole = pdq(reduced(np.asarray(scene())))

    assert distance(_bits(Window(0, 0, 0, 1, 1)), whole.bits) <= 2


def test_a_window_from_right_to_left_sees_the_mirror_image():
    """Right before left is the mirrored picture."""
    mirrored = pdq(reduced(np.asarray(ImageOps.mirror(scene()))))

    assert distance(_bits(Window(0, 1, 0, 0, 1)), mirrored.bits) <= 2


@pytest.mark.parametrize("window", [each for each in WINDOWS if not each.degrees and not each.quarters])
def test_a_window_is_what_a_crop_of_the_picture_would_be(window: Window):
    """Cut from the filtered picture or from the picture itself, a window's hash is nearly the same."""
    greys = np.asarray(scene())
    height, width = greys.shape
    box = (window.left * width, window.top * height, window.right * width, window.bottom * height)

    assert distance(_bits(window), pdq(reduced(greys, box)).bits) <= FEW_BITS


def test_windows_lie_within_the_picture():
    """No window reaches beyond an edge, and none is empty."""
    for window in WINDOWS:
        assert 0 <= window.left < window.right <= 1
        assert 0 <= window.top < window.bottom <= 1


def test_every_part_has_a_name_of_its_own():
    """Numbers of parts and their words go one to one, in signals that are kept for years."""
    numbers = range(FIRST_WINDOW + len(WINDOW_NAMES))
    names = [part_name(number) for number in numbers]

    assert len(set(names)) == len(names)
    assert names[0] == "whole" and names[1] == "whole-mirrored" and names[5] == "crop-8-mirrored"
    assert names[16:20] == ["trimmed", "trimmed-mirrored", "framed", "framed-mirrored"]
    assert names[REGIONS[0]] == "region-1" and names[FIRST_WINDOW] == "inner-10"
    assert numbers[-1] < 128
    assert part_name(UNKNOWN) == part_name(200) == "unknown"


def test_records_are_read_as_they_were_written():
    """Thirty-three bytes each: the part, then the hash."""
    hashes = [KitHash(0, bytes(range(32))), KitHash(255, bytes(32))]

    assert len(pack(hashes)) == 66
    assert unpack(pack(hashes)) == hashes
    assert as_array(hashes).shape == (2, 32)


def test_records_of_another_length_are_refused():
    """What is no whole number of records is none."""
    with pytest.raises(ValueError, match="33 bytes"):
        unpack(bytes(34))
