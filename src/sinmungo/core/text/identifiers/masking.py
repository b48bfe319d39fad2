"""The door: every number found is replaced by dots, and what was found goes along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.values import Span
from sinmungo.core.text.identifiers.documents import find_licences, find_passports
from sinmungo.core.text.identifiers.money import find_accounts, find_cards
from sinmungo.core.text.identifiers.reading import (
    KINDS,
    MASK,
    PASSPORT,
    READINGS,
    Found,
    Group,
    digit,
    may_hold_run,
    runs,
    whole_runs,
)
from sinmungo.core.text.identifiers.resident import find_resident

# Where one number could be of two kinds, the first finder counts.
_FINDERS: tuple[Callable[[str, Sequence[Group]], Iterator[Found]], ...] = (
    find_resident,
    find_licences,
    find_cards,
    find_accounts,
)

#: Looks at one text, one for every kind: each finds what the one before laid bare. Beyond that, numbers
#: were chained to one another on purpose, and looking on would take time that grows with the square.
MOST_LOOKS = len(KINDS)


class BadText(Refused):
    """A text that cannot be stored: half of a surrogate pair stands alone in it (not valid Unicode)."""

    code = "text.lone_surrogate"
    message = "The text is not valid Unicode: it holds half of a surrogate pair."


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with every number that identifies a person hidden, and what was hidden, in order.

    The text is as long as it was.
    """

    text: str
    found: tuple[Found, ...]


def mask_identifiers(text: str) -> Masked:
    """Return ``text`` with each digit, and each letter of a passport's number, replaced by ``●``.

    Nothing else moves, so spans stay true; birth date and sex are hidden too. U+0000 becomes U+FFFD.
    Masking a masked text changes nothing. Where many numbers are chained so that each shows only once the
    one before is hidden, every run of ten or more digits is hidden. Raises BadText for a lone surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadText from error
    text = text.replace("\0", "\ufffd")
    found: list[Found] = []
    for _ in range(MOST_LOOKS):
        new = _find(text)
        found.extend(new)
        text = _hide(text, new)
        if not new:
            break
    else:
        text = _hide_chained(text, found)
    return Masked(text, tuple(sorted(found, key=lambda each: each.span.start)))


def _find(text: str) -> list[Found]:
    """Return the passports, or else the numbers of the first reading that has any."""
    found = list(find_passports(text))
    if found or not may_hold_run(text):
        return found
    for reading in READINGS:
        found = [each for ways in runs(reading, text) for each in _in_run(text, ways)]
        if found:
            return found
    return []


def _in_run(text: str, ways: Sequence[Sequence[Group]]) -> list[Found]:
    """Return what the first finder that finds any in a run finds there."""
    for find in _FINDERS:
        for groups in ways:
            found = list(find(text, groups))
            if found:
                return found
    return []


def _hide_chained(text: str, found: list[Found]) -> str:
    """Hide every run, told as the kind found last, and the passports that stand free then."""
    left = [Found(found[-1].kind, Span(start, end)) for start, end in whole_runs(text)]
    text = _hide(text, left)
    passports = list(find_passports(text))
    found.extend([*left, *passports])
    return _hide(text, passports)


def _hide(text: str, found: Sequence[Found]) -> str:
    chars = list(text)
    for each in found:
        for place in range(each.span.start, each.span.end):
            if digit(chars[place]) or (each.kind == PASSPORT and chars[place].isalpha()):
                chars[place] = MASK
    return "".join(chars)
