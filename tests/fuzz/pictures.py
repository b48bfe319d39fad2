"""Small pictures in files of every format that is decoded, drawn by code, to be mutated."""

from __future__ import annotations

from functools import cache
from typing import Any

from PIL import Image

from tests.common.drawn import shapes, written

SIZE = (96, 72)
_MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "GIF": ("L", "P"),
    "WEBP": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "TIFF": ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F"),
    "JPEG": ("L", "RGB", "CMYK"),
}
_SPECIAL: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "RGB", {"progressive": True, "subsampling": 0, "quality": 30}),
    ("JPEG", "RGB", {"restart_marker_blocks": 2}),
    ("JPEG", "RGB", {"icc_profile": bytes(range(256)) * 4}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("BMP", "P", {"compression": 1}),
    ("TIFF", "1", {"compression": "group4"}),
    *(("TIFF", "RGB", {"compression": name}) for name in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")),
)
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF", "TIFF")
_NOTED = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF")


@cache
def files() -> tuple[bytes, ...]:
    """Return the files, always the same."""
    plain = [written(_drawn(mode), form) for form, modes in _MODES.items() for mode in modes]
    special = [written(_drawn(mode), form, **more) for form, mode, more in _SPECIAL]
    others = [_drawn("RGB").rotate(90 * turn) for turn in (1, 2)]
    animated = [written(_drawn("RGB"), form, save_all=True, append_images=others) for form in _ANIMATED]
    noted = [written(_drawn("RGB"), form, exif=_turned()) for form in _NOTED]
    return (*plain, *special, *animated, *noted)


def _drawn(mode: str) -> Image.Image:
    drawn = shapes(SIZE)
    return drawn.convert("L").convert(mode) if mode in ("I", "F") else drawn.convert(mode)


def _turned() -> bytes:
    noted = Image.Exif()
    noted[0x0112] = 6
    return noted.tobytes()
