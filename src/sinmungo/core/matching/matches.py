"""What a match says, and which of several are told: the nearest of each bank, after what is never a match.

Negative banks mute what is no nearer than they are themselves, in open banks alone: a protected
fingerprint is never muted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sinmungo.core.matching.fingerprints import UNKNOWN


class BankTraits(NamedTuple):
    """What matters of a bank when something matches it; one that is not on matches nothing."""

    name: str
    is_sealed: bool = False
    is_negative: bool = False
    is_on: bool = True


class Match(NamedTuple):
    """One fingerprint of a bank and how near it is.

    ``score`` is 1.0 for the very same, 1 - distance / 256 for a picture, the smaller share for a clip, the
    estimated likeness for a text. ``distance`` counts bits, -1 where none do; ``kit_part`` and ``seen_part``
    are numbers of ``fingerprints.part_name``. Of a clip ``shares`` says how much of what was seen, and how
    much of the known one, the two have in common.
    """

    bank: str
    key: int
    kind: str
    score: float
    distance: int = -1
    kit_part: int = UNKNOWN
    seen_part: int = UNKNOWN
    shares: tuple[float, float] = (1.0, 1.0)


_NONE = Match("", 0, "", -1.0)


def is_on(traits: Mapping[str, BankTraits], bank: str) -> bool:
    """Tell whether a bank matches anything: it was told of, and is on."""
    return bank in traits and traits[bank].is_on


def settled(matches: Iterable[Match], traits: Mapping[str, BankTraits]) -> list[Match]:
    """Return of all matches of one thing the nearest of each bank that speaks, the nearest first.

    Of two alike the one that was given first counts. A negative bank mutes open banks whose nearest is no
    nearer than its own, and says nothing itself.
    """
    nearest: dict[str, Match] = {}
    for match in matches:
        if is_on(traits, match.bank) and match.score > nearest.get(match.bank, _NONE).score:
            nearest[match.bank] = match
    muted = max((each.score for bank, each in nearest.items() if traits[bank].is_negative), default=-1.0)
    spoken = [
        each
        for bank, each in nearest.items()
        if not traits[bank].is_negative and (traits[bank].is_sealed or each.score > muted)
    ]
    return sorted(spoken, key=lambda each: (-each.score, each.bank))
