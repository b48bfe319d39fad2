"""What people change in a Korean sentence to post it again."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence

from sinmungo.core.text import jamo

Edit = Callable[[random.Random, str], str]

_FIRST, _VOWELS, _FINALS = ord("가"), 21, 28
_ENDINGS = ("습니다", "어요", "네요", "거든요", "잖아", "는데", "더라고요", "지요", "군요", "답니다")
_SIGNS = "1!._^ 7~"
#: Digits and signs that are read as a syllable, or look like one.
_LOOKALIKES = {
    "이": "2",
    "일": "1",
    "오": "5",
    "사": "4",
    "육": "6",
    "칠": "7",
    "팔": "8",
    "구": "9",
    "영": "0",
}
_LOOKALIKES |= {
    "공": "0",
    "리": "己I",
    "대": "머",
    "개": "7H",
    "너": "L1",
    "나": "Lㅏ",
    "가": "7ㅏ",
    "해": "ㅎH",
}


def edits(words: Sequence[str]) -> dict[str, Edit]:
    """Return each edit by its name; ``words`` are what is inserted, and give the syllables."""
    syllables = [letter for word in words for letter in word if _is_syllable(letter)]

    def changed(drawn: random.Random, text: str, times: int = 1) -> str:
        letters = list(text)
        for place in drawn.sample(_places(text), times):
            others = [each for each in drawn.choices(syllables, k=8) if each != letters[place]]
            letters[place] = others[0]
        return "".join(letters)

    def inserted(drawn: random.Random, text: str) -> str:
        parts = text.split()
        parts.insert(drawn.randrange(len(parts) + 1), drawn.choice(words))
        return " ".join(parts)

    return {
        "spacing changed": _respaced,
        "one syllable changed": changed,
        "two syllables changed": lambda drawn, text: changed(drawn, text, 2),
        "three syllables changed": lambda drawn, text: changed(drawn, text, 3),
        "a letter of a syllable mistyped": _mistyped,
        "a word inserted": inserted,
        "a word left out": _dropped,
        "another ending": _ended,
        "signs and digits put between": _signed,
        "two syllables pulled apart": _pulled_apart,
        "two syllables written as look-alikes": _lookalikes,
    }


def _is_syllable(letter: str) -> bool:
    return "가" <= letter <= "힣"


def _places(text: str) -> list[int]:
    return [place for place, letter in enumerate(text) if _is_syllable(letter)]


def _respaced(drawn: random.Random, text: str) -> str:
    letters = text.replace(" ", "")
    return "".join(letter + " " * (drawn.random() < 0.3) for letter in letters)


def _mistyped(drawn: random.Random, text: str) -> str:
    place = drawn.choice(_places(text))
    vowel = drawn.randrange(_VOWELS)
    lead, rest = divmod(ord(text[place]) - _FIRST, _VOWELS * _FINALS)
    typed = chr(_FIRST + (lead * _VOWELS + vowel) * _FINALS + rest % _FINALS)
    return text[:place] + typed + text[place + 1 :]


def _dropped(drawn: random.Random, text: str) -> str:
    parts = text.split()
    if len(parts) > 1:
        parts.pop(drawn.randrange(len(parts)))
    return " ".join(parts)


def _ended(drawn: random.Random, text: str) -> str:
    return text[: _places(text)[-drawn.choice([1, 2, 3])]] + drawn.choice(_ENDINGS)


def _signed(drawn: random.Random, text: str) -> str:
    letters = list(text)
    for place in sorted(drawn.sample(_places(text), 3), reverse=True):
        letters.insert(place + 1, drawn.choice(_SIGNS))
    return "".join(letters)


def _pulled_apart(drawn: random.Random, text: str) -> str:
    letters = list(text)
    for place in drawn.sample(_places(text), 2):
        apart = unicodedata.normalize("NFD", letters[place])
        letters[place] = "".join(jamo.TO_TYPED.get(ord(each), each) for each in apart)
    return "".join(letters)


def _lookalikes(drawn: random.Random, text: str) -> str:
    letters = list(text)
    can = [place for place, letter in enumerate(letters) if letter in _LOOKALIKES]
    for place in drawn.sample(can, min(2, len(can))):
        letters[place] = _LOOKALIKES[letters[place]]
    return "".join(letters)
