"""From the bytes of a picture's file to its greys, as everybody who is shown the file sees them.

Upright, transparency on white, the first picture of an animation. What a file asks of memory and time is
bounded before it is decoded: with the limits as they are, at most about 400 MB beside the file itself and a
few seconds. A JPEG is decoded at the scale that is needed and no more (libjpeg's scaled inverse transforms).

A JPEG that ends early is shown by every browser, so what there is of it is hashed: else cutting off its
last bytes would hide it. Any other file that ends early is damaged. Nothing of a file stands in an error.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from sinmungo.core.matching.greys import greys
from sinmungo.core.matching.pdq import SIDE, Hash, pdq

Luma = NDArray[np.uint8]
Box = tuple[float, float, float, float]

#: Both sides of a picture's greys keep at least so many pixels where the file has them, for crops.
KEPT_SIDE = 640
_END_OF_JPEG = b"\xff\xd9"
_SCAN_OF_JPEG = b"\xff\xda"


class CannotDecode(ValueError):
    """These bytes give no picture; ``code`` is one of the class's."""

    TOO_LARGE: Final = "too_large"
    TOO_MANY_PIXELS: Final = "too_many_pixels"
    NOT_A_PICTURE: Final = "not_a_picture"
    DAMAGED: Final = "damaged"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask for."""

    bytes: int = 64 * 2**20
    #: Of a picture as it is decoded.
    pixels: int = 40_000_000
    #: Of formats whose decoders hold a picture several times over: WebP and AVIF.
    heavy_pixels: int = 25_000_000
    #: Of a JPEG that can be decoded row by row, before its scale is chosen.
    jpeg_pixels: int = 250_000_000
    #: Passes over a JPEG; progressive ones have about ten.
    jpeg_scans: int = 50
    #: Pieces in which a file is read: chunks, segments and runs each take some, and a few microseconds.
    reads: int = 200_000
    #: The same of a GIF, of whose comments each block costs more than the one before.
    gif_reads: int = 20_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's greys, ``(height, width)``, upright and perhaps smaller than in its file."""

    luma: Luma
    #: Width and height before it was made smaller, upright too.
    original_size: tuple[int, int]


class _Counted(io.BytesIO):
    """A file that is read so many times and no more: else a million tiny pieces take minutes."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self._left = most

    def read(self, size: int | None = -1, /) -> bytes:
        """Return what is next. Raises CannotDecode once there were too many."""
        self._left -= 1
        if self._left < 0:
            raise CannotDecode(CannotDecode.TOO_LARGE)
        return super().read(size)


_Reader = Callable[[io.BytesIO], ImageFile.ImageFile]

#: Which reader takes a file, by where its mark stands and what it is. No reader starts another program.
_READERS: Final[tuple[tuple[int, bytes, _Reader], ...]] = (
    (0, b"\xff\xd8\xff", JpegImageFile),
    (0, b"\x89PNG\r\n\x1a\n", PngImageFile),
    (0, b"GIF87a", GifImageFile),
    (0, b"GIF89a", GifImageFile),
    (8, b"WEBP", WebPImageFile),
    (4, b"ftypavif", AvifImageFile),
    (4, b"ftypavis", AvifImageFile),
    (0, b"BM", BmpImageFile),
    (0, b"II*\0", TiffImageFile),
    (0, b"MM\0*", TiffImageFile),
)
_HEAVY = (WebPImageFile, AvifImageFile)


def decode(content: bytes, *, limits: Limits = LIMITS) -> Picture:
    """Return the greys of a file. Raises CannotDecode."""
    image, size = _decoded(content, KEPT_SIDE, limits)
    return Picture(np.asarray(image), size)


def hash_picture(content: bytes, *, limits: Limits = LIMITS) -> Hash:
    """Return the hash of the whole picture alone, by the shortest road. Raises CannotDecode."""
    image, _ = _decoded(content, SIDE, limits)
    return pdq(whole(np.asarray(image)))


def whole(luma: Luma) -> Luma:
    """Return what the hash of the whole picture is taken from: small ones are hashed at their own size."""
    return luma if max(luma.shape) <= SIDE else reduced(luma)


def reduced(luma: Luma, box: Box | None = None) -> Luma:
    """Return ``(512, 512)``: the part of a picture within ``box``, reduced by area.

    A box is left, top, right and bottom in pixels, which may be fractions.
    """
    return np.asarray(Image.fromarray(luma).resize((SIDE, SIDE), Image.Resampling.BOX, box))


def _decoded(content: bytes, side: int, limits: Limits) -> tuple[Image.Image, tuple[int, int]]:
    """Return the greys, upright, and the size of the file's picture."""
    reader = _reader(content)  # first: what is no picture at all is not too large a one
    if len(content) > limits.bytes:
        raise CannotDecode(CannotDecode.TOO_LARGE)
    try:
        return _read(reader, content, side, limits)
    except CannotDecode:
        raise
    except MemoryError:
        raise CannotDecode(CannotDecode.TOO_MANY_PIXELS) from None
    # a decoder given hostile bytes raises whatever it likes: struct.error, KeyError, SyntaxError ...
    except Exception:  # noqa: BLE001 - every one of them means the same
        raise CannotDecode(CannotDecode.DAMAGED) from None


def _reader(content: bytes) -> _Reader:
    for place, mark, reader in _READERS:
        if content.startswith(mark, place):
            return reader
    raise CannotDecode(CannotDecode.NOT_A_PICTURE)


def _read(reader: _Reader, content: bytes, side: int, limits: Limits) -> tuple[Image.Image, tuple[int, int]]:
    if reader is JpegImageFile and not content.endswith(_END_OF_JPEG):
        content += _END_OF_JPEG
    reads = limits.gif_reads if reader is GifImageFile else limits.reads
    with reader(_Counted(content, reads)) as opened:
        size = opened.size
        if isinstance(opened, JpegImageFile):
            _check_jpeg(opened, content, limits)
            opened.draft("L", (side, side))
        if _area(opened) > (limits.heavy_pixels if isinstance(opened, _HEAVY) else limits.pixels):
            raise CannotDecode(CannotDecode.TOO_MANY_PIXELS)
        opened.load()
        if not isinstance(opened, JpegImageFile):
            # TIFF alone turns itself upright on loading
            size = opened.size
        turn = _turn(opened)
        image = _smaller(greys(opened), side)
    if turn is None:
        return image, size
    return image.transpose(turn), size[::-1] if turn in _QUARTER_TURNS else size


def _check_jpeg(opened: JpegImageFile, content: bytes, limits: Limits) -> None:
    """Refuse what takes too long or too much: of a JPEG in many scans the decoder holds all at once."""
    if _in_one_scan(opened, content):
        if _area(opened) > limits.jpeg_pixels:
            raise CannotDecode(CannotDecode.TOO_MANY_PIXELS)
        return
    if _area(opened) > limits.pixels:
        raise CannotDecode(CannotDecode.TOO_MANY_PIXELS)
    if content.count(_SCAN_OF_JPEG) > limits.jpeg_scans:
        raise CannotDecode(CannotDecode.TOO_LARGE)


def _in_one_scan(opened: JpegImageFile, content: bytes) -> bool:
    """Return whether the scan whose head was just read holds all components (ITU-T T.81, B.2.3)."""
    head = _SCAN_OF_JPEG + bytes((0, 6 + 2 * opened.layers, opened.layers))
    read = 0 if opened.fp is None else opened.fp.tell()
    begins = max(0, read - (len(head) + 2 * opened.layers + 3))
    return "progressive" not in opened.info and content.startswith(head, begins)


def _area(image: Image.Image) -> int:
    return image.width * image.height


def _smaller(image: Image.Image, side: int) -> Image.Image:
    """Return the image at a whole fraction of its size, with both sides still as long as ``side``."""
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: Those after which width and height have changed places.
_QUARTER_TURNS = tuple(_TURNS[noted] for noted in (5, 6, 7, 8))


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return what the camera noted of how it was held; None for nothing, or for what cannot be read."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - as above; and notes that nobody can read turn nothing
        return None
