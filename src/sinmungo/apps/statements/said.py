"""Times, places and things as a letter says them, in Korean and in English."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from sinmungo.core.kernel.words import EVERYWHERE

_ZONES = {
    "Asia/Seoul": ("한국 시간", "Korea time"),
    "Asia/Tokyo": ("일본 시간", "Japan time"),
    "Europe/London": ("영국 시간", "UK time"),
    "UTC": ("협정 세계시", "UTC"),
}
_PLACES = {
    "AT": ("오스트리아", "Austria"),
    "AU": ("호주", "Australia"),
    "BE": ("벨기에", "Belgium"),
    "CA": ("캐나다", "Canada"),
    "CN": ("중국", "China"),
    "DE": ("독일", "Germany"),
    "DK": ("덴마크", "Denmark"),
    "ES": ("스페인", "Spain"),
    "FI": ("핀란드", "Finland"),
    "FR": ("프랑스", "France"),
    "GB": ("영국", "the United Kingdom"),
    "IE": ("아일랜드", "Ireland"),
    "IN": ("인도", "India"),
    "IT": ("이탈리아", "Italy"),
    "JP": ("일본", "Japan"),
    "KR": ("대한민국", "the Republic of Korea"),
    "NL": ("네덜란드", "the Netherlands"),
    "PL": ("폴란드", "Poland"),
    "PT": ("포르투갈", "Portugal"),
    "SE": ("스웨덴", "Sweden"),
    "US": ("미국", "the United States"),
    EVERYWHERE: ("모든 국가", "all countries"),
}
_THINGS = {
    "account": ("계정", "account"),
    "post": ("게시물", "post"),
    "message": ("메시지", "message"),
    "room": ("대화방", "room"),
    "media": ("사진 또는 영상", "picture or video"),
}
_ARTICLE = re.compile(r"(\d+)(?:-(\d+))?")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def moment(at: datetime, zone: str, locale: str) -> str:
    """Return a moment in ``zone`` to the minute, the zone named."""
    local = at.astimezone(ZoneInfo(zone))
    if locale == "ko":
        half = "오전" if local.hour < 12 else "오후"
        return (
            f"{_day_ko(local)} {half} {local.hour % 12 or 12}시 {local.minute}분({zone_name(zone, locale)})"
        )
    half = "am" if local.hour < 12 else "pm"
    clock = f"{local.hour % 12 or 12}:{local.minute:02d} {half}"
    return f"{_day_en(local)}, {clock} ({zone_name(zone, locale)})"


def day(at: datetime, zone: str, locale: str) -> str:
    """Return a day in ``zone``."""
    local = at.astimezone(ZoneInfo(zone))
    return _day_ko(local) if locale == "ko" else _day_en(local)


def zone_name(zone: str, locale: str) -> str:
    """Return a zone as people call it, or its own name."""
    names = _ZONES.get(zone, (f"{zone} 시간대", f"{zone} time"))
    return names[locale != "ko"]


def place(territory: str, locale: str) -> str:
    """Return a territory as people call it, or its code."""
    return _PLACES.get(territory, (territory, territory))[locale != "ko"]


def thing(item_type: str, locale: str) -> str:
    """Return what an item is called."""
    return _THINGS.get(item_type, _THINGS["post"])[locale != "ko"]


def article(number: str, locale: str) -> str:
    """Return an article as statutes write it: ``44-7`` is 제44조의7; anything else stays as it is."""
    found = _ARTICLE.fullmatch(number)
    if found is None:
        return number
    if locale != "ko":
        return f"Article {number}"
    return f"제{found[1]}조의{found[2]}" if found[2] else f"제{found[1]}조"


def with_particle(word: str, pair: str) -> str:
    """Return a Korean word with the particle that its last syllable asks for; ``pair`` is ``이/가``."""
    after_final, after_vowel = pair.split("/")
    last = ord(word[-1]) - 0xAC00
    closed = 0 <= last < 11172 and last % 28 != 0
    return word + (after_final if closed else after_vowel)


def _day_ko(local: datetime) -> str:
    return f"{local.year}년 {local.month}월 {local.day}일"


def _day_en(local: datetime) -> str:
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
