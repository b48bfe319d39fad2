"""The index finds exactly what comparing with everything finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.matching.index import HashIndex, SlowIndex
from tests.core.matching.index.nearby import (
    Bits,
    a_hash,
    agree,
    clustered,
    hex_rows,
    named,
    noise,
    reference_folder,
    rows,
    small_parts,
)


def _both(hashes: Bits) -> tuple[HashIndex, SlowIndex]:
    keys = np.random.default_rng(len(hashes)).permutation(len(hashes) * 3)[: len(hashes)].astype(np.int64)
    return HashIndex(hashes, keys), SlowIndex(hashes, keys)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(a_hash(), min_size=6, max_size=40),
    st.lists(a_hash(), min_size=1, max_size=3),
    st.integers(0, 40),
)
def test_hashes_near_one_another_are_told_apart_at_every_radius(
    held: list[bytes], asked: list[bytes], radius: int
) -> None:
    """Every hash within the radius is found with its distance, and none beyond it."""
    with small_parts():
        assert agree(*_both(rows(held)), rows(asked), [radius, 255])


@pytest.mark.parametrize("radius", [0, 7, 15, 20, 31, 40, 47, 63, 64, 255])
def test_a_part_of_twenty_thousand_is_searched_exactly(radius: int) -> None:
    """Clusters, copies and strangers are found at radii that take every way through the lists, and a scan."""
    hashes = clustered(20_000, seed=1)
    hashes[500:700] = hashes[0]
    asked = np.concatenate(
        (hashes[[0, 777, 12_000]], hashes[3_000:3_003] ^ noise(3, 0.05, 2), noise(2, 0.5, 3))
    )

    assert agree(*_both(hashes), asked, [radius])


@pytest.mark.parametrize("share", [0.0, 0.02, 0.08])
def test_one_cluster_that_holds_half_of_everything_is_searched_exactly(share: float) -> None:
    """Crowded lists change where is looked, and not what is found."""
    hashes = np.concatenate((clustered(6_000, 4, share=share, size=6_000), noise(6_000, 0.5, 5)))
    asked = np.concatenate((hashes[:2] ^ noise(2, 0.06, 6), hashes[-2:]))

    assert agree(*_both(hashes), asked, [12, 31, 45])


def test_slots_that_are_crowded_are_passed_over_and_nothing_is_missed() -> None:
    """Eight slots that nearly all hashes share leave the other eight to find what is near."""
    hashes = noise(30_000, 0.5, 7)
    alike = np.unpackbits(hashes, axis=1, bitorder="little").reshape(-1, 16, 16)
    alike[:28_000, :, :8] = alike[0, :, :8]
    hashes = np.packbits(alike.reshape(-1, 256), axis=1, bitorder="little")
    asked = hashes[[5, 29_000]] ^ noise(2, 0.08, 8)
    index, twin = _both(hashes)

    assert agree(index, twin, asked, [15, 23, 31, 39])
    assert len(index.find(asked[0].tobytes())) == 3


def test_hashes_at_the_very_edge_are_found_however_their_bits_fall() -> None:
    """At each distance from 0 to 33, whichever bits differ, 31 is found and 32 is not."""
    drawn = np.random.default_rng(9)
    centre = drawn.integers(0, 256, 32, dtype=np.uint8)
    flips = [drawn.permutation(256)[: place % 34] for place in range(3_400)]
    # the hardest to find: two bits in every slot but one, which has one
    flips += [np.array([slot + 16 * (slot % 5), slot + 176]) for slot in range(16)]
    masks = np.zeros((len(flips), 256), dtype=np.uint8)
    for mask, bits in zip(masks, flips, strict=True):
        mask[bits] = 1
    even = masks[-16:].sum(axis=0, dtype=np.uint8)
    all_but_one = even.copy()
    all_but_one[0] = 0
    masks = np.concatenate((masks[:-16], [even, all_but_one]))
    hashes = np.concatenate((centre ^ np.packbits(masks, axis=1), noise(20_000, 0.5, 10)))
    found = HashIndex(hashes, named(range(len(hashes)))).find(centre.tobytes())

    assert sorted(found.keys.tolist()) == np.flatnonzero(masks.sum(axis=1) <= 31).tolist()
    assert 3_401 in found.keys


def test_many_queries_at_once_give_what_each_gives_alone() -> None:
    """A batch larger than any block answers row by row."""
    hashes = clustered(15_000, seed=11)
    index = HashIndex(hashes, named(range(len(hashes))))
    asked = hashes[:2_000] ^ noise(2_000, 0.02, 12)
    together = index.find_many(asked)

    assert together.rows[-1] == 1_999
    for row in range(0, 2_000, 97):
        alone = index.find(asked[row].tobytes())
        chosen = together.rows == row
        assert alone.keys.tolist() == together.keys[chosen].tolist()
        assert alone.distances.tolist() == together.distances[chosen].tolist()


def test_the_needles_are_found_in_the_haystack_as_by_brute_force() -> None:
    """The reference hashes of the authors of PDQ give what comparing with each gives, at 31 and at 60."""
    folder = reference_folder() / "img-pdq-threatexchange"
    haystack = hex_rows((folder / "haystack.txt").read_text().split())
    needles = hex_rows((folder / "needles.txt").read_text().split())
    index, twin = _both(np.concatenate((haystack, haystack)))

    assert agree(index, twin, needles, [31, 60])
    assert agree(index, twin, haystack[::40], [31])
    assert len(index.find_many(haystack)) == 3 and len(index.find_many(haystack).rows) >= 2 * len(haystack)


def test_frames_of_real_clips_are_found_as_by_brute_force() -> None:
    """Frames of clips lie so near one another that their lists are crowded; nothing is missed or invented."""
    folder = reference_folder() / "vid-tmk-vpdq" / "vpdq-hashes"
    lines = [line.split(",")[2] for path in sorted(folder.glob("*.txt")) for line in path.read_text().split()]
    frames = hex_rows(lines)
    hashes = np.concatenate([frames ^ noise(len(frames), 0.01, seed) for seed in range(8)])

    assert agree(*_both(hashes), frames[::40], [31])
