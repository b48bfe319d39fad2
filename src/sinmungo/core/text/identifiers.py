"""Resident registration numbers: found by shape and plausible date, and hidden before anything is stored.

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
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span

MASK = "●"
RESIDENT = "resident_number"
FOREIGNER = "foreigner_number"

_SPELLED = dict(zip("공영〇일이삼사오육륙칠팔구", (0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9), strict=True))
# Digits of every script, and those in circles, raised and lowered, which Python does not count as \d.
_NUMERAL = "\\d⓪①-⑨➀-➈❶-❾➊-➒⓵-⓽⁰¹²³⁴-⁹₀-₉"
_UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
_UNSEEN += "\u3164\ufe00-\ufe0f\ufeff\uffa0"
_BETWEEN = r"\s.\-‐‑‒–—―−﹣－_~～·ㆍ・‧∙•．。/／|*ㅡ:：()（）"


class BadText(Refused):
    """A text that cannot be stored: half of a surrogate pair stands alone in it (not valid Unicode)."""

    code = "text.lone_surrogate"
    message = "The text is not valid Unicode: it holds half of a surrogate pair."


@dataclass(frozen=True, slots=True)
class Found:
    """A number that was hidden: ``resident_number`` or ``foreigner_number``, and where."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with every resident number hidden, as long as it was, and what was hidden, in order."""

    text: str
    found: tuple[Found, ...]


class _Group(NamedTuple):
    """Digits without anything but unseen characters between them."""

    start: int
    end: int
    digits: str


class _Reading(NamedTuple):
    """One way of reading digits: what counts as one, and where a run of 13 or more stands."""

    run: re.Pattern[str]
    group: re.Pattern[str]
    spelled: bool


def _reading(digit: str, *, spelled: bool) -> _Reading:
    unseen = f"[{_UNSEEN}]{{0,20}}"
    between = f"(?:[{_BETWEEN}]{unseen}){{0,3}}"
    run = f"[{digit}](?:{unseen}{between}[{digit}]){{12,}}"
    return _Reading(re.compile(run), re.compile(f"[{digit}](?:{unseen}[{digit}])*"), spelled)


# Hangul numerals come second: after a number in digits, 이 is a particle more often than a two.
_READINGS = (_reading(_NUMERAL, spelled=False), _reading(_NUMERAL + "".join(_SPELLED), spelled=True))
# Any run of either reading holds such a stretch, which most texts do not: looked for first, in one pass.
_ANY_NUMERAL = _NUMERAL + "".join(_SPELLED)
_STRETCH = re.compile(f"[{_ANY_NUMERAL}][{_ANY_NUMERAL}{_BETWEEN}{_UNSEEN}]{{12}}")
_MASK_READING = _reading(MASK, spelled=False)

_LABELLED = re.compile(
    r"(?:주문|운송장|송장|등기|택배|배송|바코드|계좌|통장|입금|예약|접수|결제|승인|거래|상품|품번|카드|사업자|법인|고객센터"
    r"|isbn|ean|barcode|order|tracking|invoice|account|parcel|waybill)"
    r"(?:\s?(?:등록|조회|추적|관리|고유))?(?:\s?(?:번호|코드|no|number|id))?\s?(?:은|는|이|가|\.|#)?[\s:：=#\[(\"']{0,4}$",
    re.IGNORECASE,
)
_LABEL_LENGTH = 24
# Beside 13 digits in one piece, a Latin letter makes them a code (ORD9001...), a point a fraction.
_CODE_BEFORE = re.compile(r"(?:[A-Za-z]|\d\.)$")
_CODE_AFTER = re.compile("[A-Za-z]")

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Nobody on the register, which began in 1968, was born before this year of the 1800s.
_OLDEST_OF_1800S = 70


def mask_identifiers(text: str) -> Masked:
    """Return ``text`` with each digit of every resident number replaced by ``●``.

    Nothing else moves, so spans stay true; birth date and sex are hidden too. U+0000 becomes U+FFFD.
    Masking a masked text changes nothing. Raises BadText for a lone surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadText from error
    text = text.replace("\0", "\ufffd")
    if _STRETCH.search(text) is None:
        return Masked(text, ())
    found: list[Found] = []
    while new := _find(text):
        found.extend(new)
        text = _hide(text, new)
    return Masked(text, tuple(sorted(found, key=lambda each: each.span.start)))


class IdentifierScreener:
    """Source ``identifiers``: ``resident_number`` where a masked text shows that one was hidden.

    It reads the mask, because no text that reaches it holds the number; so it cannot tell a citizen's
    from a foreigner's, nor from somebody who typed the same dots.
    """

    name = "identifiers"

    def __init__(self, version: str = "1") -> None:
        self.version = version

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return at most one signal for each item, with the place of the first mask."""
        return [self._signals(item.text) for item in batch]

    def _signals(self, text: str) -> list[PlainSignal]:
        if MASK not in text:
            return []
        for run in _MASK_READING.run.finditer(text):
            groups = _groups(_MASK_READING, text, run.span())
            for first, last in _windows(groups):
                span = Span(groups[first].start, groups[last].end)
                evidence = text[span.start : span.end]
                return [PlainSignal(self.name, self.version, RESIDENT, 1.0, evidence, span)]
        return []


def _find(text: str) -> list[Found]:
    """Return the numbers of the first reading that has any."""
    for reading in _READINGS:
        found = [each for run in reading.run.finditer(text) for each in _in_run(reading, text, run.span())]
        if found:
            return found
    return []


def _in_run(reading: _Reading, text: str, run: tuple[int, int]) -> Iterator[Found]:
    groups = _groups(reading, text, run)
    free = 0
    for first, last in _windows(groups):
        digits = "".join(group.digits for group in groups[first : last + 1])
        if first < free or not _has_plausible_date(digits):
            continue
        if _is_something_else(text, groups, first, last):
            continue
        free = last + 1
        kind = FOREIGNER if digits[6] in "5678" else RESIDENT
        yield Found(kind, Span(groups[first].start, groups[last].end))


def _groups(reading: _Reading, text: str, run: tuple[int, int]) -> list[_Group]:
    return [_group(reading, text, *match.span()) for match in reading.group.finditer(text, *run)]


def _group(reading: _Reading, text: str, start: int, end: int) -> _Group:
    digits = "".join(map(_digit, text[start:end]))
    # A number written in Hangul may be followed by the particle 이, which is also a two.
    if reading.spelled and len(digits) in (8, 14) and text[end - 1] == "이":
        return _Group(start, end - 1, digits[:-1])
    return _Group(start, end, digits)


def _digit(char: str) -> str:
    """Return the digit that ``char`` stands for, the mask for itself, and "" for what is no digit."""
    if char == MASK:
        return MASK
    value = _SPELLED.get(char)
    if value is None:
        value = unicodedata.digit(char, None)
    return "" if value is None else str(value)


def _windows(groups: Sequence[_Group]) -> Iterator[tuple[int, int]]:
    """Yield the first and last place of groups that make up 13 digits in a usual layout."""
    for first in range(len(groups)):
        sizes: list[int] = []
        for last in range(first, min(first + 13, len(groups))):
            sizes.append(len(groups[last].digits))
            if sum(sizes) >= 13:
                if sum(sizes) == 13 and _is_usual(sizes) and not _goes_on(groups, first, last):
                    yield first, last
                break


def _is_usual(sizes: Sequence[int]) -> bool:
    """Say whether a number is written so: whole, digit by digit, or parted after the sixth or seventh."""
    if len(sizes) in (1, 13) or list(sizes) == [7, 6]:
        return True
    for parts in range(1, len(sizes)):
        if sum(sizes[:parts]) == 6:
            return _is_date_half(list(sizes[:parts])) and _is_other_half(list(sizes[parts:]))
    return False


def _is_date_half(sizes: list[int]) -> bool:
    """Four digits first would be a year: a date and a count are not a number of a person."""
    return len(sizes) in (1, 6) or sizes == [2, 2, 2] or (len(sizes) == 2 and sizes[0] != 4)


def _is_other_half(sizes: list[int]) -> bool:
    return len(sizes) in (1, 2, 7) or sizes in ([1, 3, 3], [1, 2, 2, 2], [3, 2, 2], [2, 2, 3])


def _goes_on(groups: Sequence[_Group], first: int, last: int) -> bool:
    """Say whether digits written one by one are part of a longer row of them."""
    if last - first < 12:
        return False
    around = [*groups[max(first - 1, 0) : first], *groups[last + 1 : last + 2]]
    return any(len(group.digits) == 1 for group in around)


def _has_plausible_date(digits: str) -> bool:
    if MASK in digits:
        return False
    year, month, day, century = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), digits[6]
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        return False
    return century not in "90" or year >= _OLDEST_OF_1800S


def _is_something_else(text: str, groups: Sequence[_Group], first: int, last: int) -> bool:
    start, end = groups[first].start, groups[last].end
    if _LABELLED.search(text[max(0, start - _LABEL_LENGTH) : start]):
        return True
    return first == last and bool(
        _CODE_BEFORE.search(text[max(0, start - 2) : start]) or _CODE_AFTER.match(text, end)
    )


def _hide(text: str, found: Sequence[Found]) -> str:
    chars = list(text)
    for each in found:
        for place in range(each.span.start, each.span.end):
            if _digit(chars[place]):
                chars[place] = MASK
    return "".join(chars)
