"""Pictures drawn by code for measuring: textures, scenes, landscapes, posters, chats and memes, no person.

The same kind and number always give the same picture. Sides are 480 to 1,000 pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
#: The Korean face in the collection.
_KOREAN = 1
WHITE = (255, 255, 255)
SYLLABLES = "가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추"
SIZES = ((800, 600), (600, 800), (960, 640), (720, 720), (540, 960), (1000, 562))
Drawing = Callable[[np.random.Generator, int], Image.Image]


def picture(kind: str, number: int, *, parts: int = 1) -> Image.Image:
    """Return one picture of a kind of :data:`KINDS`, always the same for the same number.

    ``parts`` divides its sides, which draws it faster; a chat has one size only.
    """
    place = list(KINDS).index(kind)
    return KINDS[kind](np.random.default_rng((place, number)), parts)


def texture(rng: np.random.Generator, parts: int = 1) -> Image.Image:
    """Return coloured noise of many scales."""
    size = _size(rng, parts)
    steepness = rng.uniform(0.5, 1.3)
    planes = [_noise(rng, size, steepness) for _ in range(3)]
    mixed = [planes[0] * 0.7 + plane * 0.3 for plane in planes]
    return Image.fromarray(_stretched(np.stack(mixed, axis=2)))


def scene(rng: np.random.Generator, parts: int = 1) -> Image.Image:
    """Return lit bodies on a ground, some before others, with a little grain."""
    size = _size(rng, parts)
    ground = _stretched(np.repeat(_noise(rng, size, 2.0)[:, :, None], 3, axis=2), 60, 200)
    image = Image.fromarray(ground)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(6, 18))):
        _body(draw, rng, size)
    grain = rng.normal(0, 6, (size[1], size[0], 1))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32)
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))


def landscape(rng: np.random.Generator, parts: int = 1) -> Image.Image:
    """Return a pale sky and ridges of noise, the nearer the darker."""
    size = _size(rng, parts)
    width, height = size
    rows = np.linspace(0, 1, height)[:, None]
    tones = np.repeat(235 - 60 * rows + 6 * _noise(rng, size, 1.8), 1, axis=1)
    ridges = int(rng.integers(3, 6))
    for ridge in range(ridges):
        line = height * (0.25 + 0.6 * ridge / ridges + 0.1 * _line(rng, width))
        below = np.arange(height)[:, None] > line[None, :]
        shade = 170 - 130 * (ridge + 1) / ridges + 22 * _noise(rng, size, 1.1)
        tones = np.where(below, shade, tones)
    tint = rng.uniform(0.75, 1.0, 3)
    return Image.fromarray(np.clip(tones[:, :, None] * tint, 0, 255).astype(np.uint8))


def interior(rng: np.random.Generator, parts: int = 1) -> Image.Image:
    """Return a floor of tiles, a wall with frames on it and some boxes."""
    size = _size(rng, parts)
    width, height = size
    image = Image.fromarray(_stretched(np.repeat(_noise(rng, size, 2.2)[:, :, None], 3, axis=2), 120, 220))
    draw = ImageDraw.Draw(image)
    horizon = int(height * rng.uniform(0.5, 0.75))
    for step in range(-12, 24):
        left, right = width * step // 12, width // 2 + (step - 6) * width // 30
        draw.line((left, height, right, horizon), fill=_tone(rng, 40, 140), width=3)
    for _ in range(int(rng.integers(3, 8))):
        wide, tall = (int(rng.uniform(0.06, 0.3) * side) for side in size)
        left, top = int(rng.uniform(0, width - wide)), int(rng.uniform(0, horizon - tall * 0.3))
        draw.rectangle((left, top, left + wide, top + tall), fill=_tone(rng), outline=_tone(rng), width=6)
        draw.ellipse((left + wide // 4, top + tall // 4, left + wide * 3 // 4, top + tall), fill=_tone(rng))
    grain = rng.normal(0, 5, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(image, dtype=np.float32) + grain, 0, 255).astype(np.uint8))


def poster(rng: np.random.Generator, parts: int = 1) -> Image.Image:
    """Return words of several sizes on a plain or shaded ground."""
    size = _size(rng, parts)
    paper, ink = (_tone(rng, 200, 255), _tone(rng, 0, 90))
    if rng.random() < 0.5:
        paper, ink = ink, paper
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 4))):
        _body(draw, rng, size)
    top = int(size[1] * 0.05)
    while top < size[1] * 0.9:
        points = int(rng.uniform(0.03, 0.13) * size[0])
        words(draw, rng, (int(rng.uniform(0.03, 0.3) * size[0]), top), points, ink)
        top += int(points * rng.uniform(1.3, 2.4))
    return image


def chat(rng: np.random.Generator, _parts: int = 1) -> Image.Image:
    """Return a screenshot of one chat app: always the same bars and colours, other bubbles and words."""
    width, height = 720, 1280
    image = Image.new("RGB", (width, height), (178, 199, 217))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, 110), fill=(160, 182, 202))
    words(draw, rng, (90, 50), 30, (20, 20, 20), most=8)
    top = 140
    while top < 1130:
        mine, lines = bool(rng.random() < 0.5), int(rng.integers(1, 4))
        wide, tall = int(rng.uniform(160, 480)), 24 + 40 * lines
        left = width - wide - 30 if mine else 100
        draw.rounded_rectangle(
            (left, top, left + wide, top + tall), 18, fill=(254, 229, 80) if mine else (255, 255, 255)
        )
        for line in range(lines):
            words(draw, rng, (left + 16, top + 10 + 40 * line), 28, (20, 20, 20), most=(wide - 30) // 30)
        top += tall + int(rng.integers(16, 44))
    draw.rectangle((0, 1180, width, height), fill=(255, 255, 255))
    return image


def meme(rng: np.random.Generator, parts: int = 1) -> Image.Image:
    """Return one of three pictures, always the same, with other words above and below."""
    template = int(rng.integers(0, 3))
    image = scene(np.random.default_rng((99, template)), parts)
    draw = ImageDraw.Draw(image)
    points = image.width // 14
    for top in (0.02, 0.85):
        words(draw, rng, (image.width // 12, int(top * image.height)), points, WHITE, most=11, edge=3)
    return image


#: Kinds of pictures by name; of ``meme`` there are three templates only.
KINDS: dict[str, Drawing] = {
    "texture": texture,
    "scene": scene,
    "landscape": landscape,
    "interior": interior,
    "poster": poster,
    "chat": chat,
    "meme": meme,
}


def _size(rng: np.random.Generator, parts: int) -> tuple[int, int]:
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    return width // parts, height // parts


def _noise(rng: np.random.Generator, size: tuple[int, int], steepness: float) -> NDArray[np.float32]:
    """Return noise of mean 0 and deviation 1 whose octaves weaken by ``steepness``."""
    width, height = size
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(1, 8):
        grain = rng.normal(0, 2.0 ** (-steepness * octave), (2**octave + 1, 2**octave + 1))
        plane = Image.fromarray(grain.astype(np.float32))
        total += np.asarray(plane.resize(size, Image.Resampling.BICUBIC))
    normal: NDArray[np.float32] = (total - total.mean()) / (total.std() + 1e-6)
    return normal


def _line(rng: np.random.Generator, width: int) -> NDArray[np.float32]:
    return _noise(rng, (width, 3), 1.2)[1]


def _stretched(planes: NDArray[np.float32], low: float = 5, high: float = 250) -> NDArray[np.uint8]:
    bottom, top = np.percentile(planes, (1, 99))
    return np.clip(low + (planes - bottom) / (top - bottom) * (high - low), 0, 255).astype(np.uint8)


def _tone(rng: np.random.Generator, low: int = 0, high: int = 255) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in rng.integers(low, high + 1, 3))
    return red, green, blue


def _body(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: tuple[int, int]) -> None:
    x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
    reach = rng.uniform(0.04, 0.28) * min(size)
    tone = _tone(rng)
    lit = tuple(min(255, value + 50) for value in tone)
    if rng.random() < 0.5:
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=tone)
        draw.ellipse((x - reach * 0.6, y - reach * 0.7, x + reach * 0.2, y + reach * 0.1), fill=lit)
        return
    turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
    corners = [(x + reach * np.cos(turn), y + reach * np.sin(turn)) for turn in turns]
    draw.polygon(corners, fill=tone, outline=lit, width=4)


def words(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    place: tuple[int, int],
    points: int,
    ink: tuple[int, ...],
    *,
    most: int = 14,
    edge: int = 0,
) -> None:
    """Write some syllables at ``place``, with an ``edge`` of black around them."""
    count = int(rng.integers(2, max(most, 3)))
    letters = "".join(SYLLABLES[int(each)] for each in rng.integers(0, len(SYLLABLES), count))
    font = ImageFont.truetype(FONT, max(points, 8), index=_KOREAN)
    draw.text(place, letters, font=font, fill=ink, stroke_width=edge, stroke_fill=(0, 0, 0))
