"""Pictures that invented neighbours post: shapes and a few words, drawn by code; never a person.

The same drawing has the same bytes on one machine. Words are drawn where the machine has a font for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from sinmungo.demo.sayings import Kind

SIZE: Final = (640, 420)
#: Where Debian, Ubuntu, Fedora and macOS keep a font with Korean letters.
FONTS: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
    "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
)
_PAPER, _INK, _SOFT, _GRID, _BLACK = "#f4efe2", "#2b2d28", "#8d8a7d", "#c9c2ae", "#000000"
_BLUE, _GREEN, _ORANGE, _RED = "#3a6ea5", "#5f8f6b", "#d08a3c", "#b5483f"


def _as_drawn(image: Image.Image) -> Image.Image:
    return image


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn: shapes first, then ``words`` line by line from ``top`` in pixels, then ``altered``.

    ``alt`` says in both languages what is to be seen.
    """

    name: str
    shapes: Callable[[ImageDraw.ImageDraw], None]
    alt: str
    words: tuple[str, ...] = ()
    top: int = 300
    altered: Callable[[Image.Image], Image.Image] = _as_drawn

    def again(self, how: str, altered: Callable[[Image.Image], Image.Image], alt: str) -> Drawing:
        """Return the same picture as somebody posts it again, altered."""
        return replace(self, name=f"{self.name}-{how}", altered=altered, alt=f"{self.alt} · {alt}")


def _umbrella(pen: ImageDraw.ImageDraw) -> None:
    pen.pieslice((170, 70, 470, 370), 180, 360, fill=_BLUE)
    pen.line((320, 220, 320, 360), fill=_INK, width=8)
    pen.arc((320, 335, 370, 385), 0, 180, fill=_INK, width=8)


def _tree(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((300, 250, 340, 370), fill=_SOFT)
    for left, top in ((200, 130), (290, 90), (250, 180), (330, 170)):
        pen.ellipse((left, top, left + 130, top + 120), fill=_ORANGE)


def _coupon(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((90, 60, 550, 250), 20, fill=_ORANGE, outline=_INK, width=5)
    pen.line((400, 60, 400, 250), fill=_PAPER, width=5)
    pen.ellipse((430, 110, 520, 200), fill=_PAPER)


def _chart(pen: ImageDraw.ImageDraw) -> None:
    for place in range(20, SIZE[0], 40):
        pen.line((place, 0, place, SIZE[1]), fill=_GRID, width=3)
        pen.line((0, place, SIZE[0], place), fill=_GRID, width=3)
    for place, height in enumerate((60, 90, 130, 190)):
        left = 130 + place * 100
        pen.rectangle((left, 270 - height, left + 60, 270), fill=_GREEN)
    pen.line((120, 210, 240, 180, 350, 130, 540, 50), fill=_RED, width=8)


def _card(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((110, 60, 530, 270), 24, fill="#ffffff", outline=_SOFT, width=4)
    pen.polygon(((150, 165), (250, 115), (225, 210), (195, 175)), fill=_BLUE)
    for top in (120, 160, 200):
        pen.line((290, top, 490, top), fill=_SOFT, width=10)


def _map(pen: ImageDraw.ImageDraw) -> None:
    for street in ((0, 120, 640, 90), (0, 260, 640, 240), (180, 0, 150, 300), (460, 0, 490, 300)):
        pen.line(street, fill="#ffffff", width=26)
    pen.polygon(((290, 200), (330, 160), (370, 200)), fill=_RED)
    pen.rectangle((300, 200, 360, 240), fill=_RED)
    pen.ellipse((255, 130, 405, 280), outline=_INK, width=6)


def _bubble(pen: ImageDraw.ImageDraw) -> None:
    pen.rounded_rectangle((100, 60, 540, 250), 60, fill="#ffffff", outline=_INK, width=5)
    pen.polygon(((200, 245), (260, 245), (190, 310)), fill=_INK)


def _cropped(image: Image.Image) -> Image.Image:
    """Lose eight hundredths of the width and of the height."""
    wide, high = image.size
    return image.crop((wide // 25, high // 25, wide - wide // 25, high - high // 25)).resize(SIZE)


def _bordered(image: Image.Image) -> Image.Image:
    """Stand between black bars, as on a photographed screen."""
    framed = Image.new("RGB", SIZE, _BLACK)
    framed.paste(image.resize((SIZE[0] * 3 // 4, SIZE[1] * 3 // 4)), (SIZE[0] // 8, SIZE[1] // 8))
    return framed


_COUPON = Drawing(
    "coupon", _coupon, "상품권 광고 그림 · A drawn voucher", ("무료 상품권 당첨!", "gift.example/w 선착순")
)
_CHART = Drawing(
    "chart", _chart, "오르는 그래프 · A rising chart", ("원금 보장 수익 300%", "리딩방 입장 문의")
)
DRAWINGS: Final[Mapping[str, Drawing]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Drawing("umbrella", _umbrella, "우산 그림 · A drawing of an umbrella"),
            Drawing("tree", _tree, "가을 나무 그림 · A drawing of a tree in autumn"),
            _COUPON,
            _COUPON.again("mirrored", ImageOps.mirror, "뒤집힘 · mirrored"),
            _COUPON.again("cropped", _cropped, "가장자리가 잘림 · cropped"),
            _CHART,
            _CHART.again("bordered", _bordered, "검은 테두리 · with black bars"),
            Drawing(
                "card",
                _card,
                "연락처가 적힌 명함 그림 · A drawn card with a contact",
                ("문의 텔레그램 @kettle_0000",),
            ),
            Drawing("map", _map, "집을 표시한 약도 · A map, a house marked", ("호떡로 3번길",), 330),
            Drawing("bubble", _bubble, "말풍선 그림 · A drawn speech bubble", ("멍청이", "바보"), 95),
        )
    }
)
#: What a post of a kind may carry; kinds that are left out carry none.
CARRIED: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.PLAIN: ("umbrella", "tree"),
        Kind.LOOKALIKE: ("umbrella", "bubble"),
        Kind.SPAM: ("coupon", "coupon-mirrored", "chart-bordered", "coupon-cropped", "chart"),
        Kind.ADVERT: ("card",),
        Kind.EXPOSURE: ("map",),
        Kind.INSULT: ("bubble",),
    }
)
#: One innocent post in this many carries a picture, every spam, and one other troublesome post in two.
_ONE_IN: Final = {Kind.PLAIN: 6, Kind.LOOKALIKE: 6, Kind.SPAM: 1}
#: What the bank of known scam pictures was made from; the others of them are re-posts.
KNOWN_SCAMS: Final = ("coupon", "chart")


@cache
def png(name: str) -> bytes:
    """Return the drawing ``name`` as a PNG; raises KeyError when there is none."""
    drawing = DRAWINGS[name]
    image = Image.new("RGB", SIZE, _PAPER)
    pen = ImageDraw.Draw(image)
    drawing.shapes(pen)
    font = _font()
    for place, line in enumerate(drawing.words if font else ()):
        pen.text((SIZE[0] / 2, drawing.top + place * 56), line, _INK, font, "mt")
    kept = BytesIO()
    drawing.altered(image).save(kept, "PNG")
    return kept.getvalue()


@cache
def digest(name: str) -> str:
    """Return the SHA-256 of a drawing's bytes in hexadecimal digits."""
    return hashlib.sha256(png(name)).hexdigest()


def carried_by(external_id: str, kind: Kind) -> tuple[str, ...]:
    """Return the names of the drawings, at most two, that a post of the story carries: always the same."""
    names = CARRIED.get(kind, ())
    first, second = hashlib.sha256(external_id.encode()).digest()[:2]
    if not names or first % _ONE_IN.get(kind, 2):
        return ()
    begins = second % len(names)
    both = (*names[begins:], *names[:begins])
    return both[: 2 if second % 3 == 0 else 1]


@cache
def _font() -> ImageFont.FreeTypeFont | None:
    found = next((path for path in FONTS if Path(path).is_file()), None)
    return ImageFont.truetype(found, 44) if found else None
