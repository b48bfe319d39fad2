"""Hangul letters: conjoining, half-width and compatibility forms brought to one, and typed letters assembled.

The Unicode Standard, section 3.12 (Conjoining Jamo Behavior) gives the arithmetic of syllables.
"""

from __future__ import annotations

from collections.abc import Sequence

LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

_LEAD_AT = {letter: place for place, letter in enumerate(LEADS)}
_VOWEL_AT = {letter: place for place, letter in enumerate(VOWELS)}
_FINAL_AT = {letter: place for place, letter in enumerate(FINALS, start=1)}

#: Conjoining letters that stand alone, to the letters one types (ㄱ, ㅏ): so that ㅅㅂ stays ㅅㅂ.
TO_TYPED: dict[int, str] = {
    **{0x1100 + place: letter for place, letter in enumerate(LEADS)},
    **{0x1161 + place: letter for place, letter in enumerate(VOWELS)},
    **{0x11A8 + place: letter for place, letter in enumerate(FINALS)},
}

#: One piece of normalised text: a code point, and where in the original it begins and ends.
Piece = tuple[str, int, int]


def joins_before(char: str) -> bool:
    """Say whether a conjoining vowel or final letter, which belongs to the letter before it."""
    return "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7fb"


def assemble(pieces: Sequence[Piece]) -> list[Piece]:
    """Join typed letters into syllables as a keyboard does: ㅅㅣㄹ becomes 실, ㅅㅂ and ㅠㅠ stay.

    A consonant before a vowel begins the next syllable, so ㄴㅏㄴㅏ is 나나 and not 난ㅏ.
    """
    built: list[Piece] = []
    at = 0
    while at < len(pieces):
        length, syllable = _syllable(pieces, at)
        built.append((syllable, pieces[at][1], pieces[at + length - 1][2]))
        at += length
    return built


def _syllable(pieces: Sequence[Piece], at: int) -> tuple[int, str]:
    """Return how many pieces from ``at`` make one code point, and that code point."""
    lead = _LEAD_AT.get(pieces[at][0])
    vowel = _VOWEL_AT.get(_letter(pieces, at + 1))
    if lead is None or vowel is None:
        return 1, pieces[at][0]
    final = _FINAL_AT.get(_letter(pieces, at + 2), 0)
    if final and _letter(pieces, at + 3) in _VOWEL_AT:
        final = 0
    return (3 if final else 2), chr(0xAC00 + (lead * 21 + vowel) * 28 + final)


def _letter(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at][0] if at < len(pieces) else ""
