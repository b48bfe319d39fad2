"""Numbers of passports and driver's licences.

A passport's is a letter (M for most; S, R, O, D and G) and eight digits, or since December 2021
letter, three digits, letter, four digits. A licence's is two digits of the region that gave it
(11 to 28), two of the year, six, and two; older ones name the region instead: 서울 12-345678-90.

Neither has a checksum that is public. A shape that other codes share too is taken only beside a word
such as 여권 or 면허: a passport's in small letters or with gaps, a licence's digits in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sinmungo.core.kernel.values import Span
from sinmungo.core.text.identifiers import words
from sinmungo.core.text.identifiers.reading import (
    ANY_NUMERAL,
    BETWEEN,
    DRIVER_LICENCE,
    GAP,
    PASSPORT,
    UNSEEN,
    Found,
    Group,
    digit,
    digits_of,
    goes_on,
    place,
    sizes_of,
    windows,
)
from sinmungo.core.text.identifiers.resident import is_date

# Passports ---------------------------------------------------------------------------------------

_LETTER = "MSRODGmsrodgＭＳＲＯＤＧｍｓｒｏｄｇ"
_LATIN = "A-Za-zＡ-Ｚａ-ｚ"
_PASSPORT = re.compile(
    f"(?P<letter>[{_LETTER}])(?<![{_LATIN}\\d].)"
    f"(?:(?P<old>(?:{GAP}[{ANY_NUMERAL}]){{8}})"
    f"|(?P<new>(?:{GAP}[{ANY_NUMERAL}]){{3}}{GAP}(?P<second>[{_LATIN}])(?:{GAP}[{ANY_NUMERAL}]){{4}}))"
    f"(?![{_LATIN}\\d@])"
)
_SHOWN = re.compile(f"[{ANY_NUMERAL}]+")
_NOT_UNSEEN = re.compile(f"[^{UNSEEN}]+")
# Eight digits are a day rather than a passport's within these years: S20241122 is a file.
_FIRST_YEAR, _LAST_YEAR = 1990, 2039


def find_passports(text: str) -> Iterator[Found]:
    """Yield the numbers of passports in ``text``."""
    for match in _PASSPORT.finditer(text):
        if not words.is_named_otherwise(text, match.start()) and _is_passport(text, match):
            yield Found(PASSPORT, Span(*match.span()))


def _is_passport(text: str, match: re.Match[str]) -> bool:
    if words.speaks_of_passport(text, *match.span()):
        return True
    shown = "".join(_NOT_UNSEEN.findall(match.group()))
    letters = [match["letter"], match["second"] or match["letter"]]
    if not all(letter.isupper() for letter in letters) or any(map(_is_spelled, shown)):
        return False
    sizes = tuple(len(part) for part in _SHOWN.findall(shown))
    if match["new"] is not None:
        return sizes == (3, 4)
    glued = shown[1:].isalnum()
    return not _is_day(shown) if glued else match["letter"] in "MＭ" and sizes in ((8,), (4, 4), (1,) * 8)


def _is_spelled(char: str) -> bool:
    return "가" <= char <= "힣"


def _is_day(shown: str) -> bool:
    digits = "".join(map(digit, shown))
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    return _FIRST_YEAR <= year <= _LAST_YEAR and is_date(year, month, day)


# Licences ----------------------------------------------------------------------------------------

_LAYOUT, _OLD_LAYOUT = (2, 2, 6, 2), (2, 6, 2)
_REGIONS = range(11, 29)
_REGION_NAME = re.compile(
    "(?:서울|부산|대구|인천|광주|대전|울산|경기(?:남부|북부)?|강원|충북|충남|전북|전남|경북|경남|제주)"
    f"[{BETWEEN}{UNSEEN}]{{0,3}}\\Z"
)


def find_licences(text: str, groups: Sequence[Group]) -> Iterator[Found]:
    """Yield the numbers of driver's licences in a run, in order, none of which overlap."""
    free = 0
    for first, end in windows(groups, sum(_OLD_LAYOUT), sum(_LAYOUT)):
        window = groups[first:end]
        if first < free or not _is_licence(text, window) or goes_on(groups, first, end):
            continue
        if not words.is_named_otherwise(text, window[0].start):
            free = end
            yield Found(DRIVER_LICENCE, place(window))


def _is_licence(text: str, window: Sequence[Group]) -> bool:
    digits, sizes = digits_of(window), sizes_of(window)
    start, end = window[0].start, window[-1].end
    if len(digits) == sum(_LAYOUT) and int(digits[:2]) in _REGIONS:
        return sizes == _LAYOUT or words.speaks_of_licence(text, start, end)
    if len(digits) != sum(_OLD_LAYOUT) or not _REGION_NAME.search(text[max(0, start - 8) : start]):
        return False
    return sizes == _OLD_LAYOUT or words.speaks_of_licence(text, start, end)
