"""PDQ: held against vectors of the published reference, the reference itself, and the slow twin."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.matching import pdq_steps as steps
from sinmungo.core.matching.pdq import GOOD_QUALITY, Hash, distance, pdq, pdq_many
from tests.core.matching.arrays import KINDS, RICH, Greys, drawn

VECTORS = Path(__file__).parents[2] / "golden" / "pdq" / "arrays.txt"

kinds, seeds = st.sampled_from(sorted(KINDS)), st.integers(0, 2**32 - 1)
sides = st.integers(5, 700)


class Vector(NamedTuple):
    """An array, and what the reference makes of it."""

    kind: str
    seed: int
    width: int
    height: int
    expected: Hash


def _vectors() -> list[Vector]:
    lines = [line.split() for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    return [
        Vector(kind, int(seed), int(width), int(height), Hash(bytes.fromhex(bits), int(quality)))
        for kind, seed, width, height, bits, quality in lines
    ]


def _twin(greys: Greys) -> Hash:
    means = steps.block(greys)
    return Hash(steps.bits(steps.coefficients(means)).tobytes(), steps.quality(means))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_vectors_of_the_reference_are_met(kind: str):
    """Bits and quality are the reference's, for every kind of picture and sides from 5 to 900."""
    vectors = [each for each in _vectors() if each.kind == kind]
    found = [pdq(drawn(kind, each.seed, each.width, each.height)) for each in vectors]

    assert len(vectors) == 12 and found == [each.expected for each in vectors]


def test_the_slow_twin_meets_the_vectors_too():
    """Walking step by step gives the reference's bits and quality."""
    vectors = _vectors()

    assert [_twin(drawn(*each[:4])) for each in vectors] == [each.expected for each in vectors]


@settings(max_examples=100, deadline=None)
@given(kinds, seeds, sides, sides)
def test_fast_and_slow_agree_on_any_picture(kind: str, seed: int, width: int, height: int):
    """Where rounding decides, the fast road takes the slow one."""
    greys = drawn(kind, seed, width, height)

    assert pdq(greys) == _twin(greys)


@settings(max_examples=60, deadline=None)
@given(kinds, seeds, st.integers(0, 9), st.integers(0, 9))
def test_fast_and_slow_agree_on_pictures_beside_one_another(kind: str, seed: int, left: int, top: int):
    """A picture of 512 x 512 may be a part of a larger one, or one in a mirror."""
    greys = drawn(kind, seed, 521, 521)[top : top + 512, left : left + 512]

    assert pdq(greys) == _twin(greys)
    assert pdq(greys[:, ::-1]) == _twin(greys[:, ::-1])


def test_the_reference_itself_agrees_on_hundreds_of_arrays():
    """pdqhash gives the same bits and the same quality for arrays of every kind."""
    reference = pytest.importorskip("pdqhash", reason="pdqhash is installed by the bench only")

    def of_reference(greys: Greys) -> Hash:
        bits, quality = reference.compute(np.repeat(greys[..., None], 3, axis=2))
        return Hash(np.packbits(bits.astype(np.uint8)).tobytes(), quality)

    arrays = [drawn(kind, 1_000 + seed) for kind in KINDS for seed in range(35)]

    assert [pdq(greys) for greys in arrays] == [of_reference(greys) for greys in arrays]


def test_colours_that_became_fractions_are_hashed_as_the_reference_does():
    """Greys of 32-bit fractions give the reference's bits and quality too."""
    reference = pytest.importorskip("pdqhash", reason="pdqhash is installed by the bench only")
    for seed in range(100):
        colours = np.stack([drawn(kind, seed) for kind in ("slopes", "patches", "rectangles")], axis=2)
        greys = (colours @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
        bits, quality = reference.compute(colours)

        assert pdq(greys) == Hash(np.packbits(bits.astype(np.uint8)).tobytes(), quality)


def test_whole_numbers_and_the_same_as_fractions_hash_alike():
    """The road for bytes and the road for 32-bit fractions end at one place."""
    arrays = [drawn(kind, seed) for kind in KINDS for seed in range(5)]

    assert [pdq(greys) for greys in arrays] == [pdq(greys.astype(np.float32)) for greys in arrays]


def test_a_batch_is_each_of_its_pictures():
    """Many at once give what one at a time gives, whatever their sides, and in their order."""
    pictures = [
        drawn(kind, 7, *size) for kind in KINDS for size in ((512, 512), (90, 140), (64, 64), (4, 90))
    ]
    found = pdq_many(pictures)
    stacked = np.stack([drawn(kind, 7) for kind in KINDS])

    assert [Hash(bits.tobytes(), quality) for bits, quality in zip(*found, strict=True)] == [
        pdq(each) for each in pictures
    ]
    assert (pdq_many(stacked).bits == np.stack([pdq_many([each]).bits[0] for each in stacked])).all()


def test_an_empty_batch_has_no_hashes():
    """Nothing in, nothing out, in the same shape."""
    found = pdq_many([])

    assert found.bits.shape == (0, 32) and found.qualities.shape == (0,)


@pytest.mark.parametrize("tone", [0, 1, 127, 254, 255])
def test_a_blank_picture_has_no_quality(tone: int):
    """One tone tells nothing."""
    assert pdq(np.full((512, 512), tone, np.uint8)).quality == 0


def test_a_nearly_blank_picture_is_below_the_gate():
    """Faint noise about one tone tells nothing either."""
    faint = (drawn("noise", 3) // 64 + 120).astype(np.uint8)

    assert pdq(faint).quality < GOOD_QUALITY


def test_a_picture_with_a_side_of_four_is_not_hashed():
    """Four pixels give zeros and no quality, five give a hash."""
    assert pdq(drawn("noise", 1, 4, 512)) == pdq(drawn("noise", 1, 512, 4)) == Hash(bytes(32), 0)
    assert pdq(drawn("noise", 1, 5, 512)).quality == pdq(drawn("noise", 1, 512, 5)).quality == 100


def test_half_of_the_bits_are_set_in_pictures_that_hold_something():
    """The threshold is a median, so 128 of 256 lie above it."""
    arrays = [drawn(kind, seed) for kind in RICH for seed in range(40)]

    assert {int.from_bytes(pdq(greys).bits, "big").bit_count() for greys in arrays} == {128}


def test_small_changes_stay_near_and_other_pictures_far():
    """Faint noise changes few bits; two pictures share half of theirs."""
    pictures = [drawn("patches", seed) for seed in range(20)]
    faint = [greys // 2 + 60 + drawn("noise", seed) // 100 for seed, greys in enumerate(pictures)]
    hashes, changed = ([pdq(greys.astype(np.uint8)).bits for greys in all_] for all_ in (pictures, faint))
    apart = [distance(one, other) for place, one in enumerate(hashes) for other in hashes[:place]]

    assert max(map(distance, hashes, changed)) <= 10
    assert min(apart) > 60 and 124 <= np.mean(apart) <= 132


def test_a_distance_counts_the_bits_that_differ():
    """From none to all of 256."""
    assert distance(bytes(32), bytes(32)) == 0
    assert distance(bytes(32), bytes(31) + b"\x03") == 2
    assert distance(bytes(32), b"\xff" * 32) == 256
