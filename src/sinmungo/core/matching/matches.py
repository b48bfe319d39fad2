"""What a match says, and which of several are told: the nearest of each bank, after what is never a match.

Negative banks mute what is no nearer than they are themselves, in open banks alone: a protected
fingerprint is never muted. What is seen in one part of a picture mutes that part: else whoever lays a
picture that is never a match beside a known one would hide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sinmungo.core.matching.fingerprints import TRIMMED, TRIMMED_MIRRORED, UNKNOWN, WHOLE, WHOLE_MIRRORED

#: Parts that show all there is of a picture. A frame is a guess, and other windows leave something out.
_ALL_OF_IT = frozenset({WHOLE, WHOLE_MIRRORED, TRIMMED, TRIMMED_MIRRORED, UNKNOWN})
_EVERYTHING = -1


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

    Of two alike the one that was given first counts. A negative bank mutes matches of open banks that are no
    nearer than its own (where its own is by a part of a picture only: those by that part), and says nothing
    itself.
    """
    told = [match for match in matches if is_on(traits, match.bank)]
    muting: dict[int, float] = {}
    for match in told:
        if traits[match.bank].is_negative:
            reach = _reach(match)
            muting[reach] = max(match.score, muting.get(reach, _NONE.score))
    nearest: dict[str, Match] = {}
    for match in told:
        bank = traits[match.bank]
        speaks = not bank.is_negative and (bank.is_sealed or match.score > _muted(match, muting))
        if speaks and match.score > nearest.get(match.bank, _NONE).score:
            nearest[match.bank] = match
    return sorted(nearest.values(), key=lambda each: (-each.score, each.bank))


def _reach(match: Match) -> int:
    """Return the part of what was seen that a negative match speaks of."""
    return match.seen_part if match.kind == "pdq" and match.seen_part not in _ALL_OF_IT else _EVERYTHING


def _muted(match: Match, muting: Mapping[int, float]) -> float:
    """Return the score that a match must exceed."""
    return max(muting.get(reach, _NONE.score) for reach in (_EVERYTHING, _reach(match)))
