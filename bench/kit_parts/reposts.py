"""Ways in which a known picture is posted again, each a function of the picture and a random generator."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from bench.kit_parts import drawn

Repost = Callable[[Image.Image, np.random.Generator], Image.Image]
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


def unchanged(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture saved again as a JPEG of quality 85."""
    return recompressed(image, rng, quality=85)


def recompressed(image: Image.Image, _rng: np.random.Generator, *, quality: int) -> Image.Image:
    """Return the picture saved again as a JPEG of this quality."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def smaller(image: Image.Image, _rng: np.random.Generator) -> Image.Image:
    """Return a quarter of each side."""
    return image.resize((max(image.width // 4, 1), max(image.height // 4, 1)), Image.Resampling.BILINEAR)


def brighter(image: Image.Image, _rng: np.random.Generator) -> Image.Image:
    """Return the picture 30 % brighter."""
    return ImageEnhance.Brightness(image).enhance(1.3)


def darker(image: Image.Image, _rng: np.random.Generator) -> Image.Image:
    """Return the picture 30 % darker."""
    return ImageEnhance.Brightness(image).enhance(0.7)


def grey(image: Image.Image, _rng: np.random.Generator) -> Image.Image:
    """Return the picture without colour."""
    return image.convert("L").convert("RGB")


def mirrored(image: Image.Image, _rng: np.random.Generator) -> Image.Image:
    """Return the picture seen in a mirror."""
    return ImageOps.mirror(image)


def cropped(image: Image.Image, rng: np.random.Generator, *, share: float, at: str = "centre") -> Image.Image:
    """Return what is left when ``share`` of both sides is cut off, where ``at`` says the rest lies.

    ``anywhere`` puts the rest at random.
    """
    wide, tall = (round(side * (1 - share)) for side in image.size)
    free_x, free_y = image.width - wide, image.height - tall
    left, top = free_x // 2, free_y // 2
    if at in CORNERS:
        left, top = free_x * ("right" in at), free_y * ("bottom" in at)
    elif at == "anywhere":
        left, top = round(rng.uniform(0, free_x)), round(rng.uniform(0, free_y))
    elif at == "one side":
        left, top, wide, tall = _one_side(image, rng, share)
    return image.crop((left, top, left + wide, top + tall))


def _one_side(image: Image.Image, rng: np.random.Generator, share: float) -> tuple[int, int, int, int]:
    across, along = round(image.width * share), round(image.height * share)
    left, top, right, bottom = ((across, 0, 0, 0), (0, along, 0, 0), (0, 0, across, 0), (0, 0, 0, along))[
        int(rng.integers(4))
    ]
    return left, top, image.width - left - right, image.height - top - bottom


def mirrored_and_cropped(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the mirrored picture without a tenth of both sides."""
    return cropped(ImageOps.mirror(image), rng, share=0.1)


def bordered(image: Image.Image, rng: np.random.Generator, *, share: float) -> Image.Image:
    """Return the picture with a plain border around it, saved as JPEG."""
    tone = _plain(rng)
    edges = tuple(round(side * share) for side in image.size)
    return recompressed(ImageOps.expand(image, (edges[0], edges[1]), fill=tone), rng, quality=80)


def letterboxed(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a phone's screen, 6 to 13, with the picture over its whole width and black or white around."""
    return _on_phone(image, rng, (int(rng.integers(2)) * 255,) * 3)[0]


def screenshot(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a letterboxed phone's screen with a clock and signs at the top and a bar of buttons below."""
    ground = (int(rng.integers(2)) * 255,) * 3
    screen, _ = _on_phone(image, rng, ground)
    draw = ImageDraw.Draw(screen)
    ink = tuple(255 - value for value in ground)
    drawn.words(draw, rng, (24, 12), 18, ink, most=5)
    for place in range(3):
        draw.rectangle((screen.width - 40 - 34 * place, 14, screen.width - 20 - 34 * place, 32), fill=ink)
    for place in range(4):
        x = screen.width * (2 * place + 1) // 8
        draw.ellipse((x - 14, screen.height - 60, x + 14, screen.height - 32), outline=ink, width=3)
    return recompressed(screen, rng, quality=75)


def in_a_feed(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a phone's screen of a feed: a post's name above the picture, buttons and words below."""
    screen, box = _on_phone(image, rng, (255, 255, 255), lowest=0.62)
    draw = ImageDraw.Draw(screen)
    left, top, _, bottom = box
    draw.rectangle((0, 0, screen.width, 50), fill=(240, 240, 240))
    drawn.words(draw, rng, (24, 12), 18, (30, 30, 30), most=6)
    draw.ellipse((left + 12, top - 52, left + 52, top - 12), fill=(120, 150, 180))
    drawn.words(draw, rng, (left + 66, top - 46), 22, (20, 20, 20), most=9)
    for line in range(int(rng.integers(1, 5))):
        drawn.words(draw, rng, (18, bottom + 60 + 34 * line), 22, (20, 20, 20), most=18)
    for place in range(3):
        left = 18 + 50 * place
        draw.ellipse((left, bottom + 14, left + 30, bottom + 44), outline=(20, 20, 20), width=3)
    return recompressed(screen, rng, quality=75)


def in_a_chat(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a screenshot of a chat in which the picture was sent, two thirds as wide as the screen."""
    screen = drawn.chat(rng)
    wide = screen.width * 2 // 3
    tall = min(round(image.height * wide / image.width), 800)
    left, top = screen.width - wide - 30, int(rng.integers(150, 1170 - tall))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, top - 24, screen.width, top + tall + 24), fill=(178, 199, 217))
    screen.paste(image.resize((wide, tall), Image.Resampling.BOX), (left, top))
    return recompressed(screen, rng, quality=75)


def _on_phone(
    image: Image.Image, rng: np.random.Generator, ground: tuple[int, ...], *, lowest: float = 0.5
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    screen = Image.new("RGB", (540, 1170), ground)
    wide = screen.width
    tall = round(image.height * wide / image.width)
    if tall > 940:
        wide, tall = round(wide * 940 / tall), 940
    left = (screen.width - wide) // 2
    top = round((screen.height - tall) * rng.uniform(min(0.4, lowest - 0.1), lowest))
    screen.paste(image.resize((wide, tall), Image.Resampling.BOX), (left, top))
    return screen, (left, top, left + wide, top + tall)


def captioned(image: Image.Image, rng: np.random.Generator, *, below: bool) -> Image.Image:
    """Return the picture with a plain bar of words, an eighth of its height, outside it."""
    tall = round(image.height * 0.12)
    ground, ink = ((255, 255, 255), (0, 0, 0)) if rng.random() < 0.5 else ((0, 0, 0), (255, 255, 255))
    whole = Image.new("RGB", (image.width, image.height + tall), ground)
    whole.paste(image, (0, 0 if below else tall))
    place = (round(image.width * 0.05), (image.height if below else 0) + tall // 5)
    drawn.words(ImageDraw.Draw(whole), rng, place, tall // 2, ink, most=22)
    return recompressed(whole, rng, quality=80)


def covered_bar(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture with a plain bar of words over its lowest eighth."""
    whole = image.convert("RGB").copy()
    draw = ImageDraw.Draw(whole)
    top = round(image.height * 0.88)
    draw.rectangle((0, top, image.width, image.height), fill=(0, 0, 0))
    drawn.words(draw, rng, (20, top + 8), round(image.height * 0.07), (255, 255, 255), most=18)
    return recompressed(whole, rng, quality=80)


def written_over(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture with a line of outlined words over its top and its bottom."""
    whole = image.convert("RGB").copy()
    draw = ImageDraw.Draw(whole)
    for top in (0.03, 0.85):
        place = (image.width // 14, round(top * image.height))
        drawn.words(draw, rng, place, image.width // 13, (255, 255, 255), most=12, edge=3)
    return whole


def stickered(image: Image.Image, rng: np.random.Generator, *, share: float) -> Image.Image:
    """Return the picture with a plain disc over it whose box has ``share`` of both sides."""
    wide, tall = (round(side * share) for side in image.size)
    left = round(rng.uniform(0, image.width - wide))
    top = round(rng.uniform(0, image.height - tall))
    whole = image.convert("RGB").copy()
    ImageDraw.Draw(whole).ellipse((left, top, left + wide, top + tall), fill=_plain(rng))
    return whole


def mosaicked(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture with a patch of 30 % of both sides in coarse squares."""
    wide, tall = (round(side * 0.3) for side in image.size)
    left = round(rng.uniform(0, image.width - wide))
    top = round(rng.uniform(0, image.height - tall))
    patch = image.crop((left, top, left + wide, top + tall)).resize((10, 10), Image.Resampling.BOX)
    whole = image.convert("RGB").copy()
    whole.paste(patch.resize((wide, tall), Image.Resampling.NEAREST), (left, top))
    return whole


def turned(image: Image.Image, rng: np.random.Generator, *, degrees: float) -> Image.Image:
    """Return the picture turned to one side or the other and cut to the largest rectangle of its own shape.

    Half of them keep the whole picture instead, with black corners.
    """
    angle = degrees * (1 if rng.random() < 0.5 else -1)
    if rng.random() < 0.5:
        return image.rotate(angle, Image.Resampling.BICUBIC)
    slant = np.radians(degrees)
    most = max(image.width / image.height, image.height / image.width)
    scale = 1 / (np.cos(slant) + most * np.sin(slant))
    return cropped(image.rotate(angle, Image.Resampling.BICUBIC), rng, share=1 - scale)


def quarter_turned(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the picture turned by 90, 180 or 270 degrees."""
    return image.rotate(90 * int(rng.integers(1, 4)), expand=True)


def collage(
    image: Image.Image, rng: np.random.Generator, *, columns: int, rows: int, gap: int
) -> Image.Image:
    """Return a sheet of pictures of one shape, this one at a random place, ``gap`` pixels apart."""
    wide, tall = 960 // columns, round(960 // columns * image.height / image.width)
    sheet = Image.new("RGB", (columns * (wide + gap) - gap, rows * (tall + gap) - gap), (255, 255, 255))
    mine = int(rng.integers(columns * rows))
    for place in range(columns * rows):
        tile = image if place == mine else drawn.scene(rng)
        spot = ((place % columns) * (wide + gap), (place // columns) * (tall + gap))
        sheet.paste(tile.resize((wide, tall), Image.Resampling.BOX), spot)
    return recompressed(sheet, rng, quality=80)


def off_a_screen(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a photo of a screen: a mild slant, a dark edge, moire, another gamma, grain, JPEG."""
    width, height = image.size
    edge = rng.uniform(0.01, 0.04)
    edges = (round(width * edge), round(height * edge))
    framed = ImageOps.expand(image.convert("RGB"), edges, fill=(12, 12, 14))
    wide, tall = framed.size
    moves = rng.uniform(0, 0.03, (4, 2)) * (wide, tall)
    corners = np.array([(0, 0), (0, tall), (wide, tall), (wide, 0)])
    inward = np.array([(1, 1), (1, -1), (-1, -1), (-1, 1)])
    source = (corners + inward * moves).ravel().tolist()
    slanted = framed.transform((wide, tall), Image.Transform.QUAD, source, Image.Resampling.BICUBIC)
    rows, columns = np.mgrid[0:tall, 0:wide]
    moire = 1 + 0.06 * np.sin(columns * rng.uniform(0.5, 1.2) + rows * rng.uniform(-0.3, 0.3))
    light = (np.asarray(slanted, dtype=np.float32) / 255) ** rng.uniform(0.75, 1.35)
    seen = light * moire[:, :, None] * 255 + rng.normal(0, 4, (tall, wide, 1))
    return recompressed(Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8)), rng, quality=70)


def _plain(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return ((0, 0, 0), (255, 255, 255), (red, green, blue))[int(rng.integers(3))]


def _crops() -> dict[str, Repost]:
    found: dict[str, Repost] = {}
    for at in ("centre", "corner", "one side", "anywhere"):
        for percent in (2, 5, 10, 15, 20):
            found[f"crop {percent} %, {at}"] = partial(_cropped_at, least=percent, most=percent, at=at)
        found[f"crop of 2-20 %, {at}"] = partial(_cropped_at, least=2, most=20, at=at)
    return found


def _cropped_at(
    image: Image.Image, rng: np.random.Generator, *, least: float, most: float, at: str
) -> Image.Image:
    place = CORNERS[int(rng.integers(4))] if at == "corner" else at
    return cropped(image, rng, share=rng.uniform(least, most) / 100, at=place)


#: Every way by the name it has in the table.
WAYS: dict[str, Repost] = {
    "JPEG q85": unchanged,
    "JPEG q50": partial(recompressed, quality=50),
    "JPEG q30": partial(recompressed, quality=30),
    "resize to 1/4": smaller,
    "grey": grey,
    "brighter 30 %": brighter,
    "darker 30 %": darker,
    "mirror": mirrored,
    "mirror + crop 10 %": mirrored_and_cropped,
    "border 2 %": partial(bordered, share=0.02),
    "border 5 %": partial(bordered, share=0.05),
    "border 10 %": partial(bordered, share=0.1),
    "phone letterbox": letterboxed,
    "phone screenshot": screenshot,
    "screenshot of a feed": in_a_feed,
    "screenshot of a chat": in_a_chat,
    **_crops(),
    "caption bar above": partial(captioned, below=False),
    "caption bar below": partial(captioned, below=True),
    "bar over the picture": covered_bar,
    "words over the picture": written_over,
    "sticker 10 %": partial(stickered, share=0.1),
    "sticker 20 %": partial(stickered, share=0.2),
    "sticker 25 %": partial(stickered, share=0.25),
    "mosaic patch 30 %": mosaicked,
    "turned 1 degree": partial(turned, degrees=1),
    "turned 2 degrees": partial(turned, degrees=2),
    "turned 3 degrees": partial(turned, degrees=3),
    "turned 5 degrees": partial(turned, degrees=5),
    "turned 90, 180, 270": quarter_turned,
    "pair side by side": partial(collage, columns=2, rows=1, gap=0),
    "pair above each other": partial(collage, columns=1, rows=2, gap=0),
    "collage 2 x 2": partial(collage, columns=2, rows=2, gap=0),
    "collage 2 x 2 with gaps": partial(collage, columns=2, rows=2, gap=16),
    "collage 3 x 3": partial(collage, columns=3, rows=3, gap=0),
    "collage 3 x 3 with gaps": partial(collage, columns=3, rows=3, gap=10),
    "photo of a screen": off_a_screen,
}
