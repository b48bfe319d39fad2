"""Letters that look like Latin ones: Cyrillic and Greek, accents, and digits and signs written for letters.

Used for term lists only, where the list says what was meant; nothing else reads text this way. The
pairs are those of Unicode Technical Standard 39 that hold in small letters, and common substitutions.
"""

from __future__ import annotations

import re
import unicodedata

_SIGNS = {
    "0": "o",
    "1": "il",
    "!": "i",
    "|": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
}
_SIGNS |= {"@": "a", "$": "s", "€": "e", "ı": "i", "ɡ": "g", "ø": "o"}
_CYRILLIC = dict(zip("авекмнорстухіѕјԁԛԝһүпг", "abekmhopctyxisjdqwhynr", strict=True))
_GREEK = dict(zip("αβεηικνορτυχγω", "abenikvoptuxyw", strict=True))


def _accented() -> dict[str, str]:
    """Return the accented Latin small letters with their bare letter."""
    points = [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]
    bare = {chr(point): unicodedata.normalize("NFKD", chr(point))[0] for point in points}
    return {char: letter for char, letter in bare.items() if letter.isascii() and letter.islower()}


#: Character to the Latin letters it may be written for.
ALIKE: dict[str, str] = {**_accented(), **_CYRILLIC, **_GREEK, **_SIGNS}

# 1 may be i or l, so a coarse form has one letter for all three; ``stands_for`` then tells them apart.
_COARSE = str.maketrans({**{char: letters[0] for char, letters in ALIKE.items()}, "l": "i"})
# Translating Hangul one by one to itself takes five times as long as passing over it.
_CHANGED = re.compile("[" + re.escape("".join(map(chr, _COARSE))) + "]+")


def coarse(text: str) -> str:
    """Return ``text`` with look-alikes folded, of the same length: a filter, to be followed by a check."""
    if text.isascii():
        return text.translate(_COARSE)
    return _CHANGED.sub(_translated, text)


def _translated(stretch: re.Match[str]) -> str:
    return stretch.group().translate(_COARSE)


def stands_for(written: str, term: str) -> bool:
    """Say whether ``written`` can be read as ``term``; both normalised and of the same length.

    Digits may stand for at most half of the letters: A55 is a telephone, not a word.
    """
    if written == term:
        return True
    swapped = 0
    for char, letter in zip(written, term, strict=True):
        if char != letter:
            if letter not in ALIKE.get(char, ""):
                return False
            swapped += char.isdecimal()
    return 2 * swapped <= len(term)
