"""Numbers of payment cards and bank accounts.

A card's has 13 to 19 digits, a prefix that an issuer uses, and a check digit (ISO/IEC 7812-1, the
Luhn formula). In one piece or in usual groups it stands for itself, beside a word such as 카드 in any.
Of random 16-digit numbers in one piece about two in a hundred look like one.

An account's has 10 to 16 digits and nothing to check, so it is one only near a word such as 계좌 or a
bank's name; a telephone number, a date, a sum or a number that is named otherwise is none there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sinmungo.core.text.identifiers import words
from sinmungo.core.text.identifiers.reading import (
    ACCOUNT,
    BETWEEN,
    CARD,
    UNSEEN,
    Found,
    Group,
    digits_of,
    goes_on,
    place,
    sizes_of,
    windows,
)
from sinmungo.core.text.identifiers.resident import is_date

# Cards -------------------------------------------------------------------------------------------

# Prefix to the lengths that issuers give: Visa, Mastercard, American Express, Diners Club, JCB,
# Discover, UnionPay, and Korean cards for use at home, which begin with 94.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?|62\d{14,17}|94\d{14}"
)
# Younger numbers of Mastercard. In one piece they look like orders that begin with a date.
_ISSUED_2 = re.compile(r"2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}")
_LAYOUTS = frozenset(
    ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1), (6, 13), (4, 4, 4, 4, 2))
)
_LEAST_CARD, _MOST_CARD = 13, 19
_SHORT = 13
# In one piece beside a Latin letter it is a code, or part of an address (?id=4...).
_CODE_BEFORE, _CODE_AFTER = re.compile("[A-Za-z][-_/=]?\\Z"), re.compile("[A-Za-z]")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def find_cards(text: str, groups: Sequence[Group]) -> Iterator[Found]:
    """Yield the numbers of cards in a run, in order, none of which overlap."""
    free = 0
    for first, end in windows(groups, _LEAST_CARD, _MOST_CARD):
        window = groups[first:end]
        if first < free or not _is_card(text, window) or goes_on(groups, first, end):
            continue
        if not words.is_named_otherwise(text, window[0].start):
            free = end
            yield Found(CARD, place(window))


def _is_card(text: str, window: Sequence[Group]) -> bool:
    digits = digits_of(window)
    is_young = _ISSUED_2.fullmatch(digits) is not None
    if not (is_young or _ISSUED.fullmatch(digits)) or not _has_check_digit(digits):
        return False
    start, end = window[0].start, window[-1].end
    if sizes_of(window) in _LAYOUTS or (len(window) == len(digits) and len(digits) > _SHORT):
        return True
    if len(window) == 1 and not is_young and len(digits) > _SHORT:
        return not _is_code(text, start, end)
    return words.speaks_of_card(text, start, end)


def _is_code(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 2) : start]
    return _CODE_BEFORE.search(before) is not None or _CODE_AFTER.match(text, end) is not None


def _has_check_digit(digits: str) -> bool:
    own = sum(map(int, digits[-1::-2]))
    return (own + sum(_DOUBLED[int(each)] for each in digits[-2::-2])) % 10 == 0


# Accounts ----------------------------------------------------------------------------------------

_LEAST_ACCOUNT, _MOST_ACCOUNT = 10, 16
_PHONE = re.compile(r"01[016789]\d{7,8}|8210\d{8}|0(?:2|[3-6][1-5]|70|50\d?)\d{7,8}")
_LANDLINE = frozenset(((2, 3, 4), (2, 4, 4), (3, 3, 4), (3, 4, 4)))
_COUNTED = re.compile(rf"[{BETWEEN}{UNSEEN}]{{0,2}}(?:원|만|천|억|개|명|시|분|일|월|년|회|층|호|점)")
_FIRST_YEAR, _LAST_YEAR = 1990, 2039


def find_accounts(text: str, groups: Sequence[Group]) -> Iterator[Found]:
    """Yield the numbers of accounts in a run, in order, none of which overlap."""
    # What stands near a number of the run and is no digit stands near the run.
    if not words.speaks_of_account(text, groups[0].start, groups[-1].end):
        return
    free = 0
    for first, end in windows(groups, _LEAST_ACCOUNT, _MOST_ACCOUNT):
        if first < free or not _is_account(text, groups, first, end):
            continue
        window = groups[first:end]
        start = window[0].start
        if words.speaks_of_account(text, start, window[-1].end) and not words.is_named_otherwise(text, start):
            free = end
            yield Found(ACCOUNT, place(window))


def _is_account(text: str, groups: Sequence[Group], first: int, end: int) -> bool:
    window = groups[first:end]
    if _is_phone(window) or _begins_with_day(window) or goes_on(groups, first, end):
        return False
    start, stop = window[0].start, window[-1].end
    if _COUNTED.match(text, stop) or (len(window) == 1 and _is_code(text, start, stop)):
        return False
    return not _ends_earlier(window)


def _ends_earlier(window: Sequence[Group]) -> bool:
    """Say whether the first digits are a number of their own: 110-123-456789 5 ends before the 5."""
    if not any(group.tied for group in window):
        return False
    count = 0
    for group in window:
        if count >= _LEAST_ACCOUNT and not group.tied:
            return True
        count += len(group.digits)
    return False


def _is_phone(window: Sequence[Group]) -> bool:
    digits = digits_of(window)
    if _PHONE.fullmatch(digits):
        return True
    return digits[0] == "0" and sizes_of(window) in _LANDLINE


def _begins_with_day(window: Sequence[Group]) -> bool:
    """Say whether the digits are a day and what follows it: a time, or a count of the day."""
    sizes, digits = sizes_of(window), digits_of(window)
    if sizes[:3] == (2, 2, 2):
        return True
    if len(sizes) > 1 and sizes[0] != 8 and sizes[:3] != (4, 2, 2):
        return False
    year = int(digits[:4])
    return _FIRST_YEAR <= year <= _LAST_YEAR and is_date(year, int(digits[4:6]), int(digits[6:8]))
