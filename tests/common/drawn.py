"""Pictures and clips drawn by code: shapes and sentences, never a person."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
#: The Korean face in the collection.
_KOREAN = 1


def shapes(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Return rings, bars and dots of many sizes, each tone different."""
    image = Image.new("RGB", size, "#f4f1ea")
    draw = ImageDraw.Draw(image)
    width, height = size
    for step in range(8):
        left = step * width // 8
        draw.rectangle(
            (left, height // 2, left + width // 16, height - 1), fill=(20 + step * 25, 60, 200 - step * 20)
        )
        draw.ellipse((left, step * 9, left + 40, step * 9 + 40), outline=(150, step * 30, 40), width=6)
        draw.line((left, height // 3, width - left, height // 2), fill=(0, 90, step * 25), width=4)
    return image.convert(mode)


def written(image: Image.Image, form: str = "JPEG", **more: Any) -> bytes:
    """Return a picture's file."""
    file = io.BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def sentence(text: str, *, size: int = 40, ink: str = "black", paper: str = "white") -> Image.Image:
    """Return a picture of some lines of Korean text."""
    font = ImageFont.truetype(str(FONT), size, index=_KOREAN)
    image = Image.new("RGB", (1000, 300), paper)
    ImageDraw.Draw(image).multiline_text((40, 60), text, font=font, fill=ink, spacing=size // 2)
    return image


def read(content: bytes) -> Image.Image:
    """Return a picture from its file."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def png_of_zeros(width: int, height: int, *, rows: int | None = None) -> bytes:
    """Return a small PNG that says it is as large as asked, of one tone: what a decompression bomb is.

    Of its rows only ``rows`` are there, if given.
    """
    row = b"\0" + bytes(width)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def png_with(name: bytes, body: bytes) -> bytes:
    """Return a PNG of shapes with one more chunk in it, after the first."""
    whole = written(shapes((64, 48)), "PNG")
    after_head = 8 + 25
    return whole[:after_head] + _chunk(name, body) + whole[after_head:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def clip(frames: int = 48, size: tuple[int, int] = (640, 480)) -> bytes:
    """Return a clip that grows from dark to light."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as made:
        stream = made.add_stream("mpeg4", rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for count in range(frames):
            tone = 20 + count * 220 // frames
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (tone, tone, tone)))
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return file.getvalue()
