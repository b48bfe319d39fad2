"""Which language a text is in, as far as its letters tell: enough to be silent on what was not learned."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

#: Korean, English, and whatever is written in neither's letters or in none.
KOREAN, ENGLISH, OTHER = "ko", "en", "other"
LANGUAGES = (KOREAN, ENGLISH, OTHER)
#: Rows in a language from which it counts as learned.
MIN_ROWS = 50

_HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]+")
_LATIN = re.compile("[a-z]+")


def language(normalised: str) -> str:
    """Return ``ko``, ``en`` or ``other`` by the letters that most of a normalised text is written in.

    Latin letters are taken for English, which is a guess; a text without either is ``other``.
    """
    hangul, latin = _letters(_HANGUL, normalised), _letters(_LATIN, normalised)
    if not hangul and not latin:
        return OTHER
    # a Latin letter says about half of what a syllable does
    return KOREAN if 2 * hangul >= latin else ENGLISH


def learned_languages(normalised: Sequence[str]) -> tuple[str, ...]:
    """Return the languages of at least 50 of the texts."""
    counted = Counter(map(language, normalised))
    return tuple(name for name in LANGUAGES if counted[name] >= MIN_ROWS)


def _letters(kind: re.Pattern[str], text: str) -> int:
    return sum(map(len, kind.findall(text)))
