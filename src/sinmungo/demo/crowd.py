"""The newcomers of the wave: who they are and what they ask for, the same on both sides of the webhook.

A new quarter has moved in, and parents ask for a safe playground. Advertisers of betting call their sites
so, and a rule that has been right for weeks takes the one for the other. Nobody in it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Final

#: How many there are unless somebody asks for fewer, and at most.
COUNT: Final = 2_000
MOST: Final = 20_000
#: They joined so long before they asked, and asked over so long; the last of them so long ago.
JOINED_BEFORE: Final = timedelta(days=2)
LASTED: Final = timedelta(hours=2)
OVER_SINCE: Final = timedelta(hours=3)

#: External ids begin so.
ACCOUNT: Final = "a_sprout_"
POST: Final = "p_sprout_"

_PLACES: Final = (
    *("개울", "언덕", "솔밭", "나루", "들판", "고개", "우물", "방앗간", "돌다리", "느티나무", "장터", "연못"),
    *("징검다리", "갈대밭", "과수원", "정류장"),
)
_WHO: Final = ("네 살 아이", "쌍둥이", "조카", "여섯 살 딸", "막내아들", "걸음마 하는 아기", "손주", "남매")
_ASKED: Final = (
    "{place} 근처에 {who}와 갈 만한 안전놀이터 아시는 분, 카톡 아이디 {name} 으로 알려 주세요.",
    "이번에 이사 왔습니다. {who} 데리고 {place} 쪽 안전놀이터 같이 다닐 분은 카톡 {name} 주세요.",
    "{place} 안전놀이터 바닥이 새로 깔렸다는데 {who}가 놀아도 될까요? 카톡 {name} 로 답 부탁드려요.",
    "{who} 키우는 집입니다. {place} 앞에 안전놀이터 만들어 달라는 서명, 카톡 {name} 에서 받습니다.",
    "비 오는 날 {who}랑 갈 안전놀이터 찾아요! {place} 말고 다른 곳도 좋아요. 카톡 아이디 {name}",
)
_EVERY: Final = tuple(product(_ASKED, _PLACES, _WHO))
#: Steps through them all so that neighbours in time differ; it has no factor in common with their number.
_STRIDE: Final = 271


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who joined two days ago and asks for a safe playground now."""

    account: str
    post: str
    handle: str
    display_name: str
    followers: int
    text: str
    joined_at: datetime
    posted_at: datetime


def crowd(count: int, *, until: datetime) -> tuple[Newcomer, ...]:
    """Return ``count`` newcomers in the order in which they asked, the last of them at ``until``.

    Only times depend on ``until``. Raises ValueError for fewer than none or more than 20,000.
    """
    if not 0 <= count <= MOST:
        raise ValueError(f"a wave has 0 to {MOST} newcomers")
    apart = LASTED / max(count, 1)
    return tuple(_newcomer(number, until - apart * (count - 1 - number)) for number in range(count))


def _newcomer(number: int, at: datetime) -> Newcomer:
    words, place, who = _EVERY[number * _STRIDE % len(_EVERY)]
    return Newcomer(
        account=f"{ACCOUNT}{number:05}",
        post=f"{POST}{number:05}",
        handle=f"새싹_{number:05}",
        display_name=f"새싹 {number}호",
        followers=number * 7 % 40,
        text=words.format(place=place, who=who, name=f"sprout{number:05}"),
        joined_at=at - JOINED_BEFORE,
        posted_at=at,
    )
