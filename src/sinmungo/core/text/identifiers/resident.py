"""Resident and foreigners' registration numbers, by shape and plausible date.

The number is six digits of a birth date, one digit for sex and century (1, 2 and 3, 4 for citizens
born in the 1900s and 2000s; 5, 6 and 7, 8 for foreigners; 9, 0 for those born before), and six more
(Enforcement Rule of the Resident Registration Act, article 2). Since October 2020 the last six are
drawn by lot, so there is no checksum to test. Processing it is forbidden but for cases that a law
names (Personal Information Protection Act, article 24-2).

About three in a hundred random 13-digit numbers look like one. What is clearly something else is
left alone: part of a longer run of digits, or named right before as an order, parcel, account, book
or corporation number. Not found: a number whose date is wrong, and one broken at unusual places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sinmungo.core.text.identifiers import words
from sinmungo.core.text.identifiers.reading import (
    FOREIGNER,
    RESIDENT,
    Found,
    Group,
    digits_of,
    goes_on,
    place,
    sizes_of,
)

# Beside 13 digits in one piece, a Latin letter makes them a code (ORD9001...), a point a fraction.
_CODE_BEFORE = re.compile(r"(?:[A-Za-z]|(?<!\d)\d{1,6}\.)$")
_CODE_AFTER = re.compile("[A-Za-z]")

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Nobody on the register, which began in 1968, was born before this year of the 1800s.
_OLDEST_OF_1800S = 70
_LENGTH = 13
_OTHER_HALVES = ((1, 3, 3), (1, 2, 2, 2), (3, 2, 2), (2, 2, 3))


def find_resident(text: str, groups: Sequence[Group]) -> Iterator[Found]:
    """Yield the numbers of a run, in order, none of which overlap."""
    free = 0
    for first, end in _windows(groups):
        window = groups[first:end]
        digits = digits_of(window)
        if first < free or not _has_plausible_date(digits) or _is_something_else(text, window):
            continue
        free = end
        yield Found(FOREIGNER if digits[6] in "5678" else RESIDENT, place(window))


def is_date(year: int, month: int, day: int) -> bool:
    """Say whether there is such a day in the year's calendar; ``year`` may be of two digits."""
    return year >= 0 and 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def _windows(groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
    """Yield first and end of groups that make up 13 digits in a usual layout, wherever they stand."""
    for first in range(len(groups)):
        count = 0
        for end in range(first + 1, min(first + _LENGTH, len(groups)) + 1):
            count += len(groups[end - 1].digits)
            if count >= _LENGTH:
                usual = count == _LENGTH and _is_usual(sizes_of(groups[first:end]))
                if usual and not goes_on(groups, first, end):
                    yield first, end
                break


def _is_usual(sizes: tuple[int, ...]) -> bool:
    """Say whether a number is written so: whole, digit by digit, or parted after the sixth or seventh."""
    if len(sizes) in (1, _LENGTH) or sizes == (7, 6):
        return True
    for parts in range(1, len(sizes)):
        if sum(sizes[:parts]) == 6:
            return _is_date_half(sizes[:parts]) and _is_other_half(sizes[parts:])
    return False


def _is_date_half(sizes: tuple[int, ...]) -> bool:
    """Four digits first would be a year: a date and a count are not a number of a person."""
    return len(sizes) in (1, 6) or sizes == (2, 2, 2) or (len(sizes) == 2 and sizes[0] != 4)


def _is_other_half(sizes: tuple[int, ...]) -> bool:
    return len(sizes) in (1, 2, 7) or sizes in _OTHER_HALVES


def _has_plausible_date(digits: str) -> bool:
    year, century = int(digits[:2]), digits[6]
    if not is_date(year, int(digits[2:4]), int(digits[4:6])):
        return False
    return century not in "90" or year >= _OLDEST_OF_1800S


def _is_something_else(text: str, window: Sequence[Group]) -> bool:
    start, end = window[0].start, window[-1].end
    if words.is_named_otherwise(text, start, or_money=True):
        return True
    return len(window) == 1 and bool(
        _CODE_BEFORE.search(text[max(0, start - 8) : start]) or _CODE_AFTER.match(text, end)
    )
