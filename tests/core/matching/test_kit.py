"""The kit of a protected picture, and the windows by which pictures are looked up."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw, ImageOps

from sinmungo.core.matching import kit
from sinmungo.core.matching.decoding import Picture, reduced
from sinmungo.core.matching.fingerprints import (
    FRAMED,
    KIT_PARTS,
    MOST_HASHES,
    TRIMMED,
    TRIMMED_MIRRORED,
    WHOLE,
    WHOLE_MIRRORED,
    KitHash,
    part_name,
)
from sinmungo.core.matching.pdq import distance, pdq
from tests.core.matching.posted import look, matches, nearest, picture, scene

#: So many bits may come from how the edges of a crop are rounded.
FEW_BITS = 4
#: Most hashes of any picture that is looked up: the whole, what is trimmed and framed, regions, windows.
MOST_WINDOWS = 128


@pytest.fixture(scope="module")
def known() -> list[KitHash]:
    """Return the kit of the picture that is posted again and again."""
    return kit.protected(look(scene()))


def _again(image: Image.Image) -> list[KitHash]:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=75)
    return kit.candidate(look(Image.open(file)))


def _cut(left: float, top: float, right: float, bottom: float) -> Image.Image:
    image = scene()
    width, height = image.size
    return image.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def _on_a_phone(ground: int) -> Image.Image:
    screen = Image.new("L", (540, 1170), ground)
    draw = ImageDraw.Draw(screen)
    for left in (20, 60, 440, 480):
        draw.rectangle((left, 14, left + 22, 32), fill=255 - ground)
        draw.ellipse((left, 1100, left + 30, 1130), outline=255 - ground, width=3)
    screen.paste(scene().resize((540, 405)), (0, 380))
    return screen


def _captioned(*, above: bool) -> Image.Image:
    whole = Image.new("L", (720, 620), 255)
    whole.paste(scene(), (0, 80 if above else 0))
    draw = ImageDraw.Draw(whole)
    for left in range(30, 600, 42):
        draw.rectangle((left, 22 if above else 564, left + 26, 54 if above else 596), fill=0)
    return whole


def _collage(columns: int, rows: int, gap: int = 0) -> Image.Image:
    wide, tall = 900 // columns, 675 // columns
    sheet = Image.new("L", (columns * (wide + gap) - gap, rows * (tall + gap) - gap), 255)
    for place in range(columns * rows):
        tile = scene(1 if place == 1 else 50 + place)
        spot = ((place % columns) * (wide + gap), (place // columns) * (tall + gap))
        sheet.paste(tile.resize((wide, tall)), spot)
    return sheet


WAYS: dict[str, Callable[[], Image.Image]] = {
    "unchanged": scene,
    "a quarter of its size": lambda: scene().resize((180, 135)),
    "mirrored": lambda: ImageOps.mirror(scene()),
    "cut by 7 % about its middle": lambda: _cut(0.035, 0.035, 0.965, 0.965),
    "cut by 18 % about its middle": lambda: _cut(0.09, 0.09, 0.91, 0.91),
    "mirrored and cut": lambda: ImageOps.mirror(_cut(0.05, 0.05, 0.95, 0.95)),
    "cut by 10 % at the left": lambda: _cut(0.1, 0, 1, 1),
    "cut by 14 % at the right": lambda: _cut(0, 0, 0.86, 1),
    "cut by 6 % at the top": lambda: _cut(0, 0.06, 1, 1),
    "cut by 17 % at the bottom": lambda: _cut(0, 0, 1, 0.83),
    "cut by 8 % at two sides": lambda: _cut(0.08, 0.08, 1, 1),
    "cut by 14 % at two other sides": lambda: _cut(0, 0.14, 0.86, 1),
    "with a black border": lambda: ImageOps.expand(scene(), 40, fill=0),
    "with a grey border": lambda: ImageOps.expand(scene(), 25, fill=128),
    "with a border, and mirrored": lambda: ImageOps.expand(ImageOps.mirror(scene()), 40, fill=255),
    "on a dark phone": lambda: _on_a_phone(0),
    "on a light phone": lambda: _on_a_phone(255),
    "under a caption": lambda: _captioned(above=True),
    "above a caption": lambda: _captioned(above=False),
    "turned by 2 degrees": lambda: scene().rotate(2, Image.Resampling.BICUBIC),
    "turned by 4 degrees": lambda: scene().rotate(-4, Image.Resampling.BICUBIC),
    "turned by a quarter": lambda: scene().rotate(90, expand=True),
    "upside down": lambda: scene().rotate(180),
    "turned by three quarters": lambda: scene().rotate(270, expand=True),
    "one of a pair": lambda: _collage(2, 1),
    "one of four": lambda: _collage(2, 2),
    "one of four with gaps": lambda: _collage(2, 2, gap=12),
    "one of nine": lambda: _collage(3, 3),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_known_picture_is_found_however_it_is_posted_again(way: str, known: list[KitHash]):
    """Screenshots, borders, captions, crops, turns, mirrors and collages of a known picture match its kit."""
    assert matches(known, _again(WAYS[way]()))


@pytest.mark.parametrize(
    "way", ["mirrored", "cut by 18 % about its middle", "on a dark phone", "under a caption", "one of four"]
)
def test_what_is_kept_of_a_picture_finds_it_too(way: str, known: list[KitHash]):
    """The first sixteen windows are enough for the ways that are seen most."""
    assert matches(known, _again(WAYS[way]())[:MOST_HASHES])


@pytest.mark.parametrize("way", ["mirrored", "on a light phone", "turned by a quarter", "one of four"])
def test_one_hash_from_elsewhere_is_met_by_windows(way: str):
    """A bank that holds the whole picture's hash alone still finds what windows can undo."""
    assert matches(kit.whole(look(scene())), _again(WAYS[way]()))


@pytest.mark.parametrize("way", WAYS)
def test_another_picture_never_matches(way: str):
    """No window of a picture in any of these shapes comes near the kit of another picture."""
    assert not matches(kit.protected(look(scene(2))), _again(WAYS[way]()))


def test_a_kit_holds_at_most_sixteen_hashes_of_named_parts(known: list[KitHash]):
    """Eight centre crops, each with its mirror image, and nothing else."""
    assert len(known) == MOST_HASHES
    assert [each.part for each in known] == list(KIT_PARTS)
    assert [part_name(each.part) for each in known[:4]] == [
        "whole",
        "whole-mirrored",
        "crop-4",
        "crop-4-mirrored",
    ]


def test_a_kit_begins_with_the_hash_that_others_make():
    """The first hash of a kit, and of what is looked up, is the plain PDQ hash of the whole picture."""
    image = look(scene())
    whole = pdq(reduced(image.luma))

    assert kit.protected(image)[0] == KitHash(WHOLE, whole.bits)
    assert kit.candidate(image)[0] == KitHash(WHOLE, whole.bits)
    assert kit.whole(image) == [KitHash(WHOLE, whole.bits)]


def test_a_picture_and_its_mirror_image_have_the_same_kit(known: list[KitHash]):
    """The whole and its mirror image are exchanged to the bit; crops round their edges to one side."""
    mirrored = {each.part: each.bits for each in kit.protected(look(ImageOps.mirror(scene())))}

    assert mirrored[WHOLE_MIRRORED] == known[WHOLE].bits
    for each in known:
        assert distance(mirrored[each.part ^ 1], each.bits) <= FEW_BITS


def test_a_kit_of_a_picture_with_borders_holds_the_picture_without_them():
    """Of a screenshot the smallest crop makes room for what its borders enclose."""
    bordered = kit.protected(look(ImageOps.expand(scene(), 60, fill=0)))
    named = {each.part: each for each in bordered}

    assert len(bordered) <= MOST_HASHES
    assert {TRIMMED, TRIMMED_MIRRORED} <= named.keys()
    assert matches([named[TRIMMED]], kit.whole(look(scene())))


@pytest.mark.parametrize("way", WAYS)
def test_windows_are_few_and_each_is_told_once(way: str):
    """A picture gives some sixty hashes, no two of them the same."""
    seen = _again(WAYS[way]())

    assert 40 <= len(seen) <= MOST_WINDOWS
    assert len({each.bits for each in seen}) == len(seen)
    assert all(part_name(each.part) != "unknown" for each in seen)


def test_trimming_never_replaces_the_whole():
    """A picture with a border is looked up with it and without it."""
    bordered = look(ImageOps.expand(scene(), 60, fill=0))
    seen = {each.part for each in kit.candidate(bordered)}

    assert {WHOLE, WHOLE_MIRRORED, TRIMMED} <= seen
    assert matches(kit.whole(bordered), kit.candidate(bordered)[:1])


def test_a_frame_within_an_app_is_told_apart_from_the_trimmed_whole():
    """On a phone's screen what is trimmed keeps the app's signs, and what is framed is the picture."""
    seen = {each.part: each for each in kit.candidate(look(_on_a_phone(0)))}

    assert {TRIMMED, FRAMED} <= seen.keys()
    assert (
        nearest(kit.whole(look(scene())), [seen[FRAMED]])[0]
        <= nearest(kit.whole(look(scene())), [seen[TRIMMED]])[0]
    )


@pytest.mark.parametrize(
    "greys",
    [
        np.full((400, 600), 255, dtype=np.uint8),
        np.zeros((512, 512), dtype=np.uint8),
        np.full((1, 1), 128, dtype=np.uint8),
        np.full((4, 4), 10, dtype=np.uint8),
        np.full((3, 3000), 90, dtype=np.uint8),
        np.repeat(np.linspace(100, 140, 640).astype(np.uint8)[None, :], 480, axis=0),
        np.random.default_rng(3).normal(128, 2, (480, 640)).astype(np.uint8),
    ],
    ids=["white", "black", "one pixel", "sixteen pixels", "a line", "a faint shade", "faint grain"],
)
def test_a_picture_too_plain_to_be_told_apart_has_no_hash(greys: np.ndarray):
    """Blank and nearly blank pictures give no kit and no window, so that they match nothing."""
    assert kit.protected(picture(greys)) == []
    assert kit.candidate(picture(greys)) == []
    assert kit.whole(picture(greys)) == []


def test_a_hash_with_too_few_or_too_many_bits_set_is_left_out():
    """Of a picture of one sharp corner nothing lopsided is kept."""
    for side in (8, 64, 200):
        greys = np.zeros((512, 512), dtype=np.uint8)
        greys[:side, :side] = 255
        for each in (*kit.protected(picture(greys)), *kit.candidate(picture(greys))):
            ones = int.from_bytes(each.bits, "big").bit_count()
            assert kit.FEWEST_BITS <= ones <= kit.MOST_BITS


@pytest.mark.parametrize("size", [(4000, 60), (60, 4000), (2000, 30), (700, 9), (9, 700), (33, 41)])
def test_extreme_shapes_are_hashed_or_left_out_but_never_fail(size: tuple[int, int]):
    """Very long and very small pictures give what they give."""
    image = look(scene(size=size))

    assert len(kit.protected(image)) <= MOST_HASHES
    assert len(kit.candidate(image)) <= MOST_WINDOWS


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24))),
    st.integers(1, 30),
)
def test_any_greys_give_a_kit_and_windows_within_their_bounds(greys: np.ndarray, scale: int):
    """Whatever a picture holds, no hash is without its part, its quality and its balance of bits."""
    whole = Picture(np.kron(greys, np.ones((scale, scale), dtype=np.uint8)), (1, 1))
    made, seen = kit.protected(whole), kit.candidate(whole)

    assert len(made) <= MOST_HASHES
    assert len(seen) <= MOST_WINDOWS
    for each in (*made, *seen):
        assert kit.FEWEST_BITS <= int.from_bytes(each.bits, "big").bit_count() <= kit.MOST_BITS
