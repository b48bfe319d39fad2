"""Runs in a process of its own: a hostile picture in, a fresh JPEG (or a page to read) out.

``python -m sinmungo.adapters.pictures.developing veiled|grey|colour|page`` reads a picture from standard
input. The exit status says what was wrong: see the names below.
"""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Callable

from PIL import ExifTags, Image, ImageOps

#: Exit statuses.
DAMAGED, TOO_LARGE = 3, 4
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
LONGEST_SIDE = 1_280
#: For reading words; a letter of small print keeps about as many pixels as Tesseract wants.
LONGEST_PAGE_SIDE = 2_400
#: A veiled picture keeps so many tones along its longer side: a hint of light and dark, and no shape.
VEIL_CELLS = 4
VEIL_SIDE = 320
_WHITE = (255, 255, 255)
_QUALITY = 82


def developed(content: bytes) -> Image.Image:
    """Return the first frame upright in RGB, transparency laid on white; raises OSError and the like."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        _check_size(opened.size)
        opened.draft("RGB", (LONGEST_PAGE_SIDE, LONGEST_PAGE_SIDE))
        opened.load()
        return _on_white(_eight_bits(ImageOps.exif_transpose(opened)))


def veiled(image: Image.Image) -> Image.Image:
    """Return a few soft greys in which nothing can be recognised."""
    most = max(image.size)
    cells = tuple(max(1, round(side * VEIL_CELLS / most)) for side in image.size)
    size = tuple(max(1, round(side * VEIL_SIDE / most)) for side in image.size)
    tones = image.convert("L").resize((cells[0], cells[1]), Image.Resampling.BOX)
    pale = tones.point([64 + value // 2 for value in range(256)])
    return pale.resize((size[0], size[1]), Image.Resampling.BICUBIC)


def grey(image: Image.Image) -> Image.Image:
    """Return the picture without its colours."""
    return colour(image).convert("L")


def colour(image: Image.Image) -> Image.Image:
    """Return the picture, at most 1,280 pixels a side."""
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return image


def page(image: Image.Image) -> Image.Image:
    """Return the picture for reading words: grey, its darks and lights spread, small ones enlarged."""
    image.thumbnail((LONGEST_PAGE_SIDE, LONGEST_PAGE_SIDE))
    grown = image.convert("L")
    if max(grown.size) < LONGEST_SIDE // 2:
        grown = grown.resize((grown.width * 2, grown.height * 2), Image.Resampling.BICUBIC)
    return ImageOps.autocontrast(grown)


TREATMENTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "veiled": veiled,
    "grey": grey,
    "colour": colour,
    "page": page,
}


def encoded(image: Image.Image) -> bytes:
    """Return a JPEG of nothing but the picture's pixels."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def treated(content: bytes, treatment: str, develop: Callable[[bytes], Image.Image] = developed) -> bytes:
    """Return what ``treatment`` makes of a picture; ends the process with a status when it cannot."""
    try:
        return encoded(TREATMENTS[treatment](develop(content)))
    except (MemoryError, Image.DecompressionBombError):
        sys.exit(TOO_LARGE)
    # a decoder given hostile bytes raises whatever it likes: struct.error, KeyError, SyntaxError ...
    except Exception:  # noqa: BLE001 - every one of them means the same
        sys.exit(DAMAGED)


def shut_the_doors() -> None:
    """From now on this process can open no file and no connection, whatever a picture makes it do."""
    _rehearse()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _rehearse() -> None:
    """Develop a picture of each format, turned and transparent: Pillow loads some of its parts late."""
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    for form in FORMATS:
        file = io.BytesIO()
        Image.new("RGB" if form == "JPEG" else "RGBA", (2, 2)).save(file, form, exif=turned.tobytes())
        treated(file.getvalue(), "page")


def _check_size(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        sys.exit(TOO_LARGE)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Sixteen bits become eight; by itself Pillow would cut off all but the darkest tones."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, _WHITE)
    shown = image.convert("RGBA")
    ground.paste(shown, mask=shown.getchannel("A"))
    return ground


if __name__ == "__main__":
    shut_the_doors()
    sys.stdout.buffer.write(treated(sys.stdin.buffer.read(), sys.argv[1]))
