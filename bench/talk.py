"""Invented small talk of 300 characters, some of it such that a rule asks for a person."""

from __future__ import annotations

import random
from collections.abc import Iterator

LETTERS = 300
_WHO = ("이웃", "동생", "선생님", "옆집 어르신", "동아리 친구", "반장", "우리 가족", "사장님")
_WHEN = ("어제 저녁에", "오늘 아침", "지난 주말에", "비가 그친 뒤에", "점심을 먹고 나서", "퇴근길에")
_WHERE = (
    "도서관 앞에서",
    "시장 골목에서",
    "버스 정류장에서",
    "공원 연못가에서",
    "주민센터에서",
    "운동장에서",
)
_WHAT = (
    "고양이 두 마리를 보았는데 사이가 참 좋아 보였습니다.",
    "자전거 바퀴를 고쳐 주셔서 고맙다는 말을 전했어요.",
    "김치전을 부쳐 나누어 먹었더니 금세 동이 났네요.",
    "다음 달 나눔 장터에 내놓을 책을 골라 두었습니다.",
    "새로 심은 나무가 잘 자라는지 살펴보고 왔어요.",
    "버스 시간이 바뀌었다는 안내문을 읽고 사진으로 남겼습니다.",
    "배드민턴을 치다가 셔틀콕을 지붕 위로 올려 버렸지 뭐예요.",
    "잃어버린 우산을 찾았다고 해서 다 같이 웃었습니다.",
)
_ASKS = "팔로워 판매합니다. 문의는 텔레그램 sample_shop7 아이디로 주세요."


def texts(count: int, *, asking: int = 100, seed: int = 7) -> Iterator[str]:
    """Yield ``count`` texts of 300 characters; one in ``asking`` sells followers, the others chat."""
    drawn = random.Random(seed)
    for number in range(count):
        text = _ASKS + " " if number % asking == asking - 1 else ""
        while len(text) < LETTERS:
            parts = (_WHEN, _WHO, _WHERE, _WHAT)
            when, who, where, what = (drawn.choice(part) for part in parts)
            text += f"{when} {who}하고 {where} {what} "
        yield text[:LETTERS]
