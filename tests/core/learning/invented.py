"""Invented talk with an easily learned label: some texts praise a fruit, the others a tool."""

from __future__ import annotations

import random

FRUIT = ("사과", "배", "복숭아", "참외", "감", "포도", "자두", "딸기")
TOOLS = ("망치", "톱", "드릴", "집게", "사다리", "줄자", "대패", "끌")
PLACES = ("장터", "가게", "마당", "골목", "시장", "공방", "길가", "부엌", "마루", "학교")
SAYINGS = (
    "에서 샀어요",
    "에서 보았다",
    "에 두고 왔네",
    "에서 빌려 왔습니다",
    "에는 없더라고요",
    "에 많이 있어",
)


def talk(count: int, *, seed: int = 1, noise: float = 0.0) -> tuple[list[str], list[bool]]:
    """Return texts and whether each speaks of a fruit; a share ``noise`` of the labels is wrong."""
    drawn = random.Random(seed)
    texts, labels = [], []
    for number in range(count):
        is_fruit = bool(drawn.getrandbits(1))
        thing = drawn.choice(FRUIT if is_fruit else TOOLS)
        letters = "".join(chr(drawn.randrange(0xAC00, 0xD7A3)) for _ in range(12))
        texts.append(f"{thing}를 {drawn.choice(PLACES)}{drawn.choice(SAYINGS)} {letters} {number}")
        labels.append(is_fruit != (drawn.random() < noise))
    return texts, labels
