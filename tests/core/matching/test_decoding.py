"""Decoding: the greys of every format and mode, upright, on white, and large enough for crops."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from sinmungo.core.matching.decoding import (
    KEPT_SIDE,
    decode,
    hash_picture,
    reduced,
    whole,
)
from sinmungo.core.matching.pdq import distance, pdq
from tests.common.drawn import shapes, written
from tests.core.matching.arrays import drawn

PICTURE = shapes((700, 520))
HASH = hash_picture(written(PICTURE, "PNG")).bits
#: What of a picture's hash may change with a format's losses.
NEAR = 6
#: Two tones a pixel are a coarse picture.
NEAR_IN_TWO_TONES = 24

#: How a picture is turned by whoever reads the note, so that it comes out upright.
NOTED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def _in_mode(mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(PICTURE.convert("L")).astype(np.uint16) * 257)
    if mode in ("I", "F"):
        return PICTURE.convert("L").convert(mode)
    return PICTURE.convert("P").convert("PA") if mode == "PA" else PICTURE.convert(mode)


def _patches(size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(drawn("patches", 3, *size)).convert("RGB")


def _noted(orientation: int) -> bytes:
    noted = Image.Exif()
    noted[0x0112] = orientation
    return noted.tobytes()


MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("L", "P", "RGB"),
    "WEBP": ("L", "RGB", "RGBA"),
    "AVIF": ("L", "RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "TIFF": (
        *("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK"),
        *("YCbCr", "LAB", "I", "I;16", "F"),
    ),
    "JPEG": ("L", "RGB", "CMYK"),
}


@pytest.mark.parametrize(("form", "mode"), [(form, mode) for form, modes in MODES.items() for mode in modes])
def test_every_format_and_mode_shows_the_same_picture(form: str, mode: str):
    """A picture keeps its hash in whatever file it stands."""
    found = hash_picture(written(_in_mode(mode), form))

    assert found.quality == 100
    assert distance(found.bits, HASH) <= (NEAR_IN_TWO_TONES if mode == "1" else NEAR)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_the_camera_noted(form: str, orientation: int):
    """All eight notes of EXIF come out upright, and so does the size."""
    turn = NOTED.get(orientation)
    held = PICTURE if turn is None else PICTURE.transpose(turn)
    content = written(held, form, exif=_noted(orientation))
    picture = decode(content)

    assert picture.luma.shape == (520, 700) and picture.original_size == (700, 520)
    assert distance(hash_picture(content).bits, HASH) <= NEAR


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_notes_that_cannot_be_read_turn_nothing():
    """A broken note or one that there is not leaves the picture as it lies."""
    broken = b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(9)

    for exif in (broken, _noted(0), _noted(77)):
        assert decode(written(PICTURE, "JPEG", exif=exif)).luma.shape == (520, 700)


def _see_through(mode: str) -> bytes:
    """Return a black file of which a white disc is seen through."""
    disc = 255 - np.asarray(shapes((600, 600), "1").convert("L"))
    ink = Image.new(mode[:-1], (600, 600))
    ink.putalpha(Image.fromarray(disc))
    return written(ink, "PNG")


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_seen_through_is_white(mode: str):
    """A picture that stands in the transparency alone is hashed as it is seen on white paper."""
    seen = hash_picture(written(shapes((600, 600), "1"), "PNG"))

    assert hash_picture(_see_through(mode)) == seen and seen.quality == 100


def test_a_transparent_colour_of_a_palette_or_of_greys_is_white():
    """One see-through entry of a palette, and one see-through grey or colour, are white."""
    black = Image.fromarray((drawn("patches", 5) > 128).astype(np.uint8) * 9)
    on_white = Image.fromarray(np.where(np.asarray(black) == 9, 255, 0).astype(np.uint8))
    indexed = black.copy()
    indexed.putpalette([0, 0, 0] * 256)
    expected = hash_picture(written(on_white, "PNG"))

    assert hash_picture(written(indexed, "PNG", transparency=9)) == expected
    assert hash_picture(written(indexed, "GIF", transparency=9)) == expected
    assert hash_picture(written(black, "PNG", transparency=9)) == expected
    assert hash_picture(written(black.convert("RGB"), "PNG", transparency=(9, 9, 9))) == expected


def test_a_picture_that_is_wholly_see_through_is_blank():
    """What nobody sees is not hashed, whatever the colours below."""
    hidden = PICTURE.copy()
    hidden.putalpha(0)

    assert hash_picture(written(hidden, "PNG")).quality == 0


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_is_its_first_picture(form: str):
    """The other pictures of a file make no difference."""
    others = [shapes((700, 520)).rotate(90 * turn) for turn in (1, 2)]
    content = written(PICTURE, form, save_all=True, append_images=others)

    assert distance(hash_picture(content).bits, HASH) <= NEAR


def test_deep_numbers_keep_their_tones():
    """Sixteen bits and fractions from 0 to 1 are brought to the tones that eight bits give."""
    tones = drawn("slopes", 2)
    deep = Image.fromarray(tones.astype(np.uint16) * 257)
    fractions = Image.fromarray(tones.astype(np.float32) / 255)
    unknown = Image.fromarray(np.where(tones == tones[0, 0], np.nan, tones).astype(np.float32))

    assert (decode(written(deep, "PNG")).luma == tones).all()
    assert np.abs(decode(written(fractions, "TIFF")).luma - tones.astype(int)).max() <= 1
    assert decode(written(unknown, "TIFF")).luma[0, 0] == 0


def test_a_jpeg_without_its_end_is_hashed_as_it_is_shown():
    """Browsers show it, so cutting off the end hides nothing."""
    content = written(_patches((700, 520)))
    shown = hash_picture(content)

    assert hash_picture(content[:-2]) == hash_picture(content + b"appended") == shown
    assert distance(hash_picture(content[: len(content) * 97 // 100]).bits, shown.bits) <= 31
    progressive = written(_patches((700, 520)), progressive=True)
    assert distance(hash_picture(progressive[: len(progressive) // 2]).bits, shown.bits) <= 31


@pytest.mark.parametrize("size", [(1600, 1004), (4000, 3000), (5000, 700), (640, 640), (641, 3000)])
@pytest.mark.parametrize("form", ["JPEG", "BMP"])
def test_enough_is_kept_for_crops(size: tuple[int, int], form: str):
    """Both sides keep 640 pixels where the file has them, and the shorter is never twice that."""
    picture = decode(written(shapes(size, "L"), form))

    assert picture.original_size == size
    assert KEPT_SIDE <= min(picture.luma.shape) < 2 * KEPT_SIDE
    height, width = picture.luma.shape
    assert abs(width / height - size[0] / size[1]) < 0.01 * width / height


def test_small_pictures_stay_as_they_are():
    """Nothing is enlarged, nor reduced, on decoding."""
    tones = drawn("patches", 1, 90, 40)
    picture = decode(written(Image.fromarray(tones), "PNG"))

    assert (picture.luma == tones).all() and whole(picture.luma) is picture.luma
    assert hash_picture(written(Image.fromarray(tones), "PNG")) == pdq(tones)


def test_both_roads_end_near_one_hash():
    """The shortest road to a hash and the one by way of a picture differ by few bits."""
    for size in ((1600, 1004), (4000, 3000), (300, 200), (2000, 600)):
        for form in ("JPEG", "PNG"):
            content = written(_patches(size), form)
            by_way = pdq(whole(decode(content).luma))

            assert distance(hash_picture(content).bits, by_way.bits) <= NEAR


def test_reducing_is_by_area():
    """Each of 512 x 512 is the mean of what lies below it; a part is reduced like a picture of its own."""
    tones = drawn("noise", 4, 1536, 1024)
    means = tones.reshape(512, 2, 512, 3).mean(axis=(1, 3))
    part = tones[100:800, 200:1200]

    assert np.abs(reduced(tones) - means).max() <= 1
    assert (reduced(tones, (200, 100, 1200, 800)) == reduced(part)).all()
    assert reduced(tones, (0.5, 0.25, 700.5, 600.75)).shape == (512, 512)
    assert reduced(part[:9, :7]).shape == (512, 512)


def test_a_decoder_in_a_room_without_files_needs_none():
    """Nothing is loaded late: a process that may open no file decodes every format."""
    contents = [written(_in_mode(mode), form) for form, modes in MODES.items() for mode in modes]

    assert _decoded_without_files(contents) == len(contents)


def _decoded_without_files(contents: list[bytes]) -> int:
    script = (
        "import sys, resource\n"
        "from sinmungo.core.matching.decoding import hash_picture\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))\n"
        "count = 0\n"
        "while size := int.from_bytes(sys.stdin.buffer.read(4), 'big'):\n"
        "    count += hash_picture(sys.stdin.buffer.read(size)).quality == 100\n"
        "print(count)\n"
    )
    sent = io.BytesIO()
    for content in contents:
        sent.write(len(content).to_bytes(4, "big") + content)
    told = subprocess.run(
        [sys.executable, "-c", script], input=sent.getvalue(), capture_output=True, check=True
    )
    return int(told.stdout)
