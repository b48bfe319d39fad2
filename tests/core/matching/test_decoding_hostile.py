"""Decoding what is damaged, hostile or too large: a code each time, and bounds kept to the pixel."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest

from sinmungo.core.matching.decoding import LIMITS, CannotDecode, decode, hash_picture
from tests.common.drawn import png_of_zeros, png_with, shapes, written
from tests.fuzz.decoding import SHORT, fuzzed

PICTURE = shapes((700, 520))
FORMS = ("PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "JPEG")


def _code(content: bytes, **limits: Any) -> str:
    with pytest.raises(CannotDecode) as caught:
        hash_picture(content, limits=replace(LIMITS, **limits))
    return caught.value.code


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"])
def test_any_other_file_that_ends_early_is_damaged(form: str):
    """Half of a file is refused."""
    content = written(PICTURE, form)

    assert _code(content[: len(content) // 2]) == "damaged"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("form", FORMS)
def test_a_head_without_a_picture_is_damaged(form: str):
    """The mark of a format is not enough."""
    assert _code(written(PICTURE, form)[:12]) == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"%PDF-1.7\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"P6 2 2 255\n" + bytes(12),
        bytes(1000),
        written(PICTURE, "JPEG2000"),
        written(PICTURE, "ICO"),
    ],
)
def test_what_is_of_no_known_format_is_not_a_picture(content: bytes):
    """Only the formats of the list are opened; none of them starts another program."""
    assert _code(content) == "not_a_picture"


def test_an_error_holds_its_code_and_nothing_of_the_file():
    """What was sent stands in no message."""
    with pytest.raises(CannotDecode) as caught:
        decode(b"\xff\xd8\xff a secret name")

    assert str(caught.value) == caught.value.code == "damaged"
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_bytes_are_limited_to_the_last():
    """As many as the limit are read, one more is not."""
    content = written(PICTURE)

    assert hash_picture(content, limits=replace(LIMITS, bytes=len(content))).quality == 100
    assert _code(content, bytes=len(content) - 1) == "too_large"


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF"])
def test_pixels_are_limited_to_the_last(form: str):
    """A picture as large as the limit is decoded, one row larger is not."""
    content = written(PICTURE, form)

    assert hash_picture(content, limits=replace(LIMITS, pixels=700 * 520)).quality == 100
    assert _code(content, pixels=700 * 520 - 1) == "too_many_pixels"


@pytest.mark.parametrize("form", ["WEBP", "AVIF"])
def test_formats_that_take_more_memory_have_a_limit_of_their_own(form: str):
    """It counts for WebP and AVIF, to the last pixel."""
    content = written(PICTURE, form)

    assert hash_picture(content, limits=replace(LIMITS, heavy_pixels=700 * 520)).quality == 100
    assert _code(content, heavy_pixels=700 * 520 - 1) == "too_many_pixels"


def test_a_large_jpeg_is_decoded_small_if_it_can_be():
    """Row by row a JPEG may be larger than what is decoded of it; progressive ones are held whole."""
    large = shapes((1400, 1040))
    plain, progressive = written(large), written(large, progressive=True)
    decoded = 1400 * 1040 // 4
    limits = replace(LIMITS, pixels=decoded, jpeg_pixels=1400 * 1040)

    assert hash_picture(plain, limits=limits).quality == 100
    assert _code(plain, pixels=decoded - 1) == "too_many_pixels"
    assert _code(plain, pixels=decoded, jpeg_pixels=1400 * 1040 - 1) == "too_many_pixels"
    assert _code(progressive, pixels=1400 * 1040 - 1) == "too_many_pixels"
    assert hash_picture(progressive, limits=replace(LIMITS, pixels=1400 * 1040)).quality == 100


def test_scans_of_a_jpeg_are_limited():
    """Each scan goes over the whole picture, so there may be only so many."""
    content = written(PICTURE, progressive=True)
    scans = content.count(b"\xff\xda")

    assert scans > 1 and hash_picture(content, limits=replace(LIMITS, jpeg_scans=scans)).quality == 100
    assert _code(content, jpeg_scans=scans - 1) == "too_large"
    assert hash_picture(written(PICTURE), limits=replace(LIMITS, jpeg_scans=0)).quality == 100


def test_a_jpeg_whose_first_scan_holds_one_colour_is_held_whole_too():
    """Not only progressive ones come in many scans: what the head of the first one says counts."""
    content = written(shapes((1400, 1040)), subsampling=0)
    head = content.index(b"\xff\xda")
    alone = content[:head] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + content[head + 14 :]

    assert _code(alone, pixels=1400 * 1040 // 4) == "too_many_pixels"


def _webp_of(width: int, height: int) -> bytes:
    """Return a small WebP that says its canvas is as large as asked."""
    plain = written(shapes((64, 48)), "WEBP")
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sides + plain[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _gif_with_comment(blocks: int) -> bytes:
    """Return a GIF whose comment has so many blocks, after its table of colours."""
    plain = written(PICTURE, "GIF")
    table = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    return plain[:table] + b"\x21\xfe" + b"\x01x" * blocks + b"\0" + plain[table:]


def test_a_file_in_a_million_pieces_is_refused():
    """Chunks, segments, blocks of comment: each is cheap, and there may be only so many."""
    png, jpeg = written(PICTURE, "PNG"), written(PICTURE)
    tiny = struct.pack(">I", 0) + b"abCd" + struct.pack(">I", zlib.crc32(b"abCd"))

    assert _code(png[:33] + tiny * 200_000 + png[33:]) == "too_large"
    assert _code(jpeg[:2] + b"\xff\xef\0\2" * 200_000 + jpeg[2:]) == "too_large"
    assert _code(_gif_with_comment(20_000)) == "too_large"
    assert hash_picture(_gif_with_comment(5_000)).quality == 100


@pytest.mark.parametrize(("form", "limit"), [("PNG", "reads"), ("GIF", "gif_reads")])
def test_pieces_are_limited_to_the_last(form: str, limit: str):
    """There is a number of pieces that a file is read in; one fewer is refused."""
    content = written(PICTURE, form)
    enough = next(count for count in range(500) if _fits(content, **{limit: count}))

    assert enough > 5 and _fits(content, **{limit: enough + 1})


def _fits(content: bytes, **limits: Any) -> bool:
    try:
        return hash_picture(content, limits=replace(LIMITS, **limits)).quality == 100
    except CannotDecode as error:
        return error.code != "too_large"


def _ends(content: bytes) -> str:
    try:
        return "decoded" if decode(content).luma.size <= 64 * 48 else "unfolded"
    except CannotDecode as error:
        return error.code


BOMBS = {
    "a png of 1.6 thousand million pixels": png_of_zeros(40_000, 40_000, rows=1),
    "a gif of the largest screen": b"GIF89a" + b"\xff" * 4 + written(PICTURE, "GIF")[10:],
    "a webp of the largest canvas": _webp_of(16_383, 16_383),
    "text that unfolds": png_with(b"zTXt", b"k\0\0" + zlib.compress(bytes(300 * 2**20), 9)),
    "a profile that unfolds": png_with(b"iCCP", b"k\0\0" + zlib.compress(bytes(300 * 2**20), 9)),
}


@pytest.mark.parametrize("name", [*BOMBS])
def test_what_unfolds_to_far_more_is_refused_or_left_folded(name: str):
    """A small file that says it is very large ends as a refusal, or as the small picture it is."""
    assert _ends(BOMBS[name]) in ("too_many_pixels", "damaged", "decoded")


def test_mutated_files_of_every_format_end_as_a_picture_or_a_refusal():
    """A few hundred of the fuzzer's, always the same: no crash, no other error, memory within bounds."""
    found = fuzzed(SHORT)

    assert found.runs == SHORT.runs and found.crashes == [] and found.surprises == []
    assert {"damaged", "decoded"} <= set(found.codes)
