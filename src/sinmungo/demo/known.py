"""The bank of the demonstration: kits of two scam banners that code drew, whose re-posts are found.

The first is known from the start; the second is learned last, so that it is searched for in what was seen.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.banks import services
from sinmungo.apps.screening.errors import NoSuchBank
from sinmungo.apps.screening.models import Bank
from sinmungo.core.matching import decoding, kit
from sinmungo.core.matching.fingerprints import MOST_HASHES, pack
from sinmungo.demo import drawings

#: The rule ``known-scam-picture`` of the pack reads it.
BANK: Final = "known-scam-pictures"


def ensure_bank() -> Bank:
    """Return the bank, made now if it is not there yet."""
    try:
        return banks.bank(BANK, seen_by=None)
    except NoSuchBank:
        return services.make(
            name=BANK,
            title_ko="알려진 사기 그림",
            title_en="Known scam pictures",
            severity=Bank.Severity.LOW,
            actor=SYSTEM,
            at=clock.now(),
        )


def learn(name: str, *, hunt: bool) -> None:
    """Put the kit of a drawing into the bank, and with ``hunt`` look for it in everything seen; once."""
    hashes = kit.protected(decoding.decode(drawings.png(name)))
    new = services.NewFingerprint("pdq", pack(hashes), name)
    services.add(bank=ensure_bank(), new=[new], actor=SYSTEM, at=clock.now(), hunt=hunt)


@cache
def told_hashes(name: str) -> tuple[str, ...]:
    """Return the PDQ hashes of a drawing and of its windows, as its platform tells them with an event."""
    windows = kit.candidate(decoding.decode(drawings.png(name)))
    return tuple(each.bits.hex() for each in windows[:MOST_HASHES])
