"""Numbers that identify a person, found by shape and hidden before anything is stored.

Resident and foreigners' registration numbers, passports, driver's licences, payment cards and bank
accounts. The door is ``mask_identifiers``; what it found goes along with the text, and
``IdentifierScreener`` tells screening.
"""

from sinmungo.core.text.identifiers.masking import BadText, Masked, mask_identifiers
from sinmungo.core.text.identifiers.reading import (
    ACCOUNT,
    CARD,
    DRIVER_LICENCE,
    FOREIGNER,
    KINDS,
    MASK,
    PASSPORT,
    RESIDENT,
    Found,
)
from sinmungo.core.text.identifiers.screener import IdentifierScreener

__all__ = [
    "ACCOUNT",
    "CARD",
    "DRIVER_LICENCE",
    "FOREIGNER",
    "KINDS",
    "MASK",
    "PASSPORT",
    "RESIDENT",
    "BadText",
    "Found",
    "IdentifierScreener",
    "Masked",
    "mask_identifiers",
]
