"""Words that name groups of people, without judging: who writes one of them must not be flagged for it.

Neutral words only, Korean and English; slurs are no part of this list. A Korean word counts wherever it
stands, as endings follow it, but for the longer words named; an English one counts as a whole word.
"""

from __future__ import annotations

import re

from sinmungo.core.text.normalise import normalise

#: Group of people to the Korean and English words that name it.
TERMS: dict[str, tuple[str, str]] = {
    "women": ("여성 여자 아주머니 할머니", "woman women girl girls female"),
    "men": ("남성 남자 아저씨 할아버지", "man men boy boys male"),
    "sexual minorities": (
        "성소수자 동성애 양성애 트랜스젠더 레즈비언 성전환",
        "gay lesbian bisexual transgender trans queer homosexual",
    ),
    "disabled people": (
        "장애인 장애우 시각장애 청각장애 지체장애 발달장애 자폐",
        "disabled disability deaf blind autistic",
    ),
    "origin and race": (
        "외국인 이주노동자 이주민 난민 다문화 중국인 조선족 일본인 베트남 흑인 백인 동남아",
        "immigrant immigrants refugee refugees foreigner foreigners black white asian chinese african",
    ),
    "religion": (
        "기독교 개신교 천주교 불교 이슬람 무슬림 유대인 교회",
        "christian christians muslim muslims islam jew jews jewish buddhist hindu",
    ),
    "region": ("전라도 경상도 충청도 강원도 제주도 호남 영남 대구 광주 부산", ""),
    "age": (
        "노인 어르신 청소년 어린이 할머니 할아버지 중년 십대 10대 20대 60대",
        "elderly teenager teenagers children",
    ),
}

#: Longer words in which a term is only a piece.
_NOT = {"교회": "(?<!성)교회", "광주": "광주(?!리)", "부산": "부산(?!스|하|물)", "여자": "여자(?!저차)"}


def _pattern(korean: str, english: str) -> re.Pattern[str]:
    parts = [_NOT.get(word, word) for word in korean.split()]
    # beside Hangul there is no boundary of words: a particle follows a Latin word at once
    parts += [rf"(?<![a-z]){word}(?![a-z])" for word in english.split()]
    return re.compile("|".join(parts))


_PATTERNS = {group: _pattern(*words) for group, words in TERMS.items()}


def groups_named(text: str) -> list[str]:
    """Return the groups of people that a text names."""
    normalised = normalise(text).text
    return [group for group, pattern in _PATTERNS.items() if pattern.search(normalised)]
