"""Clips drawn by code: a window that wanders over a field of soft noise, and what re-posts do to it."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import av
import numpy as np
from PIL import Image, ImageDraw

RATE = 10
SIZE = (320, 240)
Edit = Callable[[Image.Image], Image.Image]


def wandering(
    seconds: float,
    seed: int = 1,
    *,
    size: tuple[int, int] = SIZE,
    start: float = 0.0,
    speed: float = 40.0,
) -> list[Image.Image]:
    """Return frames of a window that goes on by ``speed`` pixels a second, the same field for one seed."""
    drawn = np.random.default_rng(seed)
    width, height = size
    span = width + 40 * 40
    coarse = drawn.integers(0, 255, (height // 24, span // 24), dtype=np.uint8)
    field = Image.fromarray(coarse).resize((span, height), Image.Resampling.BICUBIC)
    places = (round(speed * (start + frame / RATE)) for frame in range(round(seconds * RATE)))
    return [field.crop((place, 0, place + width, height)).convert("RGB") for place in places]


def film(
    frames: Sequence[Image.Image],
    *,
    codec: str = "mpeg4",
    form: str = "mp4",
    pixels: str = "yuv420p",
    bits: int = 2_000_000,
    rate: int = RATE,
    options: dict[str, str] | None = None,
) -> bytes:
    """Return a clip's file."""
    file = io.BytesIO()
    with av.open(file, "w", format=form, options=options or {}) as made:
        stream = made.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *frames[0].size, pixels, bits
        for frame in frames:
            made.mux(stream.encode(av.VideoFrame.from_image(frame)))
        made.mux(stream.encode())
    return file.getvalue()


def with_bars(frame: Image.Image) -> Image.Image:
    """Return a frame between two black bars at its sides."""
    ground = Image.new("RGB", (frame.width + 120, frame.height), "black")
    ground.paste(frame, (60, 0))
    return ground


def with_caption(frame: Image.Image) -> Image.Image:
    """Return a frame with thick writing and a sticker over most of its lower half."""
    covered = frame.copy()
    draw = ImageDraw.Draw(covered)
    width, height = covered.size
    draw.rectangle((0, height * 6 // 10, width, height * 9 // 10), fill="white")
    draw.ellipse((width // 10, height * 55 // 100, width // 3, height * 95 // 100), fill="black")
    for step in range(8):
        left = width * (4 + step) // 13
        draw.rectangle((left, height * 65 // 100, left + width // 30, height * 85 // 100), fill="black")
    return covered
