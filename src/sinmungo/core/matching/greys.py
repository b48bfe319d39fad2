"""The greys of a decoded picture, whatever colours it has.

Luma is .299 R + .587 G + .114 B (ITU-R BT.601), as PDQ's reference takes it; what is transparent lies on
white; more than eight bits are brought to eight.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WHITE = 255
_OPAQUE = (255, 255)


def greys(image: Image.Image) -> Image.Image:
    """Return the picture as eight bits of grey a pixel."""
    if image.mode == "L" and not image.has_transparency_data:
        return image
    if image.mode.startswith("I;16"):
        return _high_bytes(np.asarray(image))
    if image.mode in ("I", "F"):
        return _scaled(np.asarray(image, np.float32))
    if image.mode == "LAB":
        return image.getchannel("L")
    return _on_white(image) if image.has_transparency_data else image.convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    """Return tones over white: luma is linear, so it may be taken first."""
    shown = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    tones, alpha = shown.convert("L"), shown.getchannel("A")
    if alpha.getextrema() == _OPAQUE:
        return tones
    paper = Image.new("L", image.size, WHITE)
    paper.paste(tones, mask=alpha)
    return paper


def _high_bytes(values: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.right_shift(values, 8).astype(np.uint8))


def _scaled(values: NDArray[np.float32]) -> Image.Image:
    """Return numbers without a stated scale as tones: the smallest scale in use that holds them is theirs."""
    known = np.nan_to_num(values, nan=0, posinf=0, neginf=0)
    most = float(known.max(initial=0))
    scale = next((each for each in (1, WHITE, 2**16 - 1) if most <= each), most)
    return Image.fromarray((known.clip(0) * (WHITE / scale)).astype(np.uint8))
