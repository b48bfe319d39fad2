"""Digits however they are written, and the runs and groups in which they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sinmungo.core.kernel.values import Span

MASK = "●"
RESIDENT = "resident_number"
FOREIGNER = "foreigner_number"
PASSPORT = "passport"
DRIVER_LICENCE = "driver_licence"
CARD = "card"
ACCOUNT = "account"
#: Every kind of number that is hidden.
KINDS = (RESIDENT, FOREIGNER, PASSPORT, DRIVER_LICENCE, CARD, ACCOUNT)

SPELLED = dict(zip("공영〇일이삼사오육륙칠팔구", (0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9), strict=True))
#: Members of a set of characters: digits of every script, and those in circles, raised and lowered,
#: which Python does not count as ``\d``; what shows nothing; and what people put between digits.
NUMERAL = "\\d⓪①-⑨⑴-⑼⒈-⒐⓿➀-➈❶-❾➊-➒⓵-⓽⁰¹²³⁴-⁹₀-₉"
ANY_NUMERAL = NUMERAL + "".join(SPELLED)
UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u20e3"
UNSEEN += "\u3164\ufe00-\ufe0f\ufeff\uffa0"
BETWEEN = r"\s.\-‐‑‒–—―−﹣－_~～·ㆍ・‧∙•．。/／|*ㅡ:：()（）"

#: The digits of the shortest number that is found as a run: a licence with its region named.
SHORTEST = 10
#: Up to three separators, and what shows nothing.
GAP = f"[{UNSEEN}]{{0,20}}(?:[{BETWEEN}][{UNSEEN}]{{0,20}}){{0,3}}"
# White space, brackets and the like may part two numbers: a list's "1) " is no part of what follows.
_LOOSE = re.compile(r"[\s/／|:：()（）]")
# Digits written out, for ``\d`` in a set halves its speed; those past the basic plane only roughly.
_ZEROS = (
    "0660 06f0 07c0 0966 09e6 0a66 0ae6 0b66 0be6 0c66 0ce6 0d66 0de6 0e50 0ed0 0f20 1040 1090"
    " 17e0 1810 1946 19d0 1a80 1a90 1b50 1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10"
)
_DIGITS = "0-9\U000104a0-\U0001fbf9" + "".join(
    f"{chr(int(zero, 16))}-{chr(int(zero, 16) + 9)}" for zero in _ZEROS.split()
)
_LIKELY = ANY_NUMERAL.replace("\\d", _DIGITS)
# Any run of either reading holds such a stretch, which most texts do not: looked for first, in one pass.
_STRETCH = re.compile(f"[{_LIKELY}][{_LIKELY}{BETWEEN}{UNSEEN}]{{{SHORTEST - 1}}}")
_SPELLED = re.compile(f"[{''.join(SPELLED)}]")


@dataclass(frozen=True, slots=True)
class Found:
    """A number that was hidden: one of ``KINDS``, and where."""

    kind: str
    span: Span


class Group(NamedTuple):
    """Digits without anything but unseen characters between them.

    ``tied`` says that a dash, a point or the like joins it to the group before, without white space.
    """

    start: int
    end: int
    digits: str
    tied: bool


class _Reading(NamedTuple):
    """One way of reading digits: what counts as one, and where a run of ten or more stands."""

    run: re.Pattern[str]
    group: re.Pattern[str]
    spelled: bool


def _reading(digit: str, *, spelled: bool) -> _Reading:
    run = f"[{digit}](?:{GAP}[{digit}]){{{SHORTEST - 1},}}"
    return _Reading(re.compile(run), re.compile(f"[{digit}](?:[{UNSEEN}]*[{digit}])*"), spelled)


# Hangul numerals come second: after a number in digits, 이 is a particle more often than a two.
READINGS = (_reading(NUMERAL, spelled=False), _reading(ANY_NUMERAL, spelled=True))


def may_hold_run(text: str) -> bool:
    """Say whether ``text`` may hold a run of digits at all: a look that saves the slower searches."""
    return _STRETCH.search(text) is not None


def runs(reading: _Reading, text: str) -> Iterator[list[Sequence[Group]]]:
    """Yield each run of digits as the ways to read it, the likeliest first.

    A number written in Hangul may be followed by the particle 이, which is also a two.
    """
    for run in reading.run.finditer(text):
        start, end = run.span()
        if reading.spelled and _SPELLED.search(text, start, end) is None:
            continue
        ways = [_groups(reading, text, start, end)]
        if reading.spelled and text[end - 1] == "이":
            ways.append(_groups(reading, text, start, end - 1))
        yield ways


def whole_runs(text: str) -> list[tuple[int, int]]:
    """Return where each run of either reading stands."""
    return [run.span() for run in READINGS[-1].run.finditer(text)]


def digit(char: str) -> str:
    """Return the digit that ``char`` stands for, or "" for what is no digit."""
    value = SPELLED.get(char)
    if value is None:
        value = unicodedata.digit(char, None)
    return "" if value is None else str(value)


def digits_of(groups: Sequence[Group]) -> str:
    """Return all digits of ``groups``."""
    return "".join(group.digits for group in groups)


def sizes_of(groups: Sequence[Group]) -> tuple[int, ...]:
    """Return how many digits each group has."""
    return tuple(len(group.digits) for group in groups)


def windows(groups: Sequence[Group], least: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield first and end of groups with ``least`` to ``most`` digits, tied to nothing around them.

    In order of the first group, the longest first.
    """
    for first, group in enumerate(groups):
        # nor does a number begin in the middle of a row of single digits
        if group.tied or (first and len(group.digits) == 1 == len(groups[first - 1].digits)):
            continue
        ends: list[int] = []
        count = 0
        for end in range(first + 1, min(first + most, len(groups)) + 1):
            count += len(groups[end - 1].digits)
            if count > most:
                break
            if count >= least and not (end < len(groups) and groups[end].tied):
                ends.append(end)
        yield from ((first, end) for end in reversed(ends))


def goes_on(groups: Sequence[Group], first: int, end: int) -> bool:
    """Say whether digits written one by one are part of a longer row of them."""
    if any(len(group.digits) > 1 for group in groups[first:end]):
        return False
    around = [*groups[max(first - 1, 0) : first], *groups[end : end + 1]]
    return any(len(group.digits) == 1 for group in around)


def place(window: Sequence[Group]) -> Span:
    """Return where the groups stand in the text."""
    return Span(window[0].start, window[-1].end)


def _groups(reading: _Reading, text: str, start: int, end: int) -> Sequence[Group]:
    made: list[Group] = []
    for match in reading.group.finditer(text, start, end):
        gap = text[made[-1].end : match.start()] if made else ""
        tied = bool(gap) and _LOOSE.search(gap) is None
        made.append(Group(*match.span(), "".join(map(digit, match.group())), tied))
    return made
