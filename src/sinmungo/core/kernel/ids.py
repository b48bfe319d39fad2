"""Identifiers, made from numbers that the caller gives: no clock and no randomness here."""

from __future__ import annotations

import hashlib
import uuid

#: Crockford's base 32 without the letters that are read as digits (I, L, O, U).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CASE_CODE_LETTERS = 10


def uuid7(ms: int, random: bytes) -> uuid.UUID:
    """Return the UUID version 7 (RFC 9562, section 5.7) of a millisecond and 10 random bytes.

    It sorts by time, and so tells the time: never show one to another person.
    """
    if not 0 <= ms < 1 << 48:
        raise ValueError("milliseconds do not fit in 48 bits")
    if len(random) != 10:
        raise ValueError("10 random bytes are needed")
    value = (ms << 80) | int.from_bytes(random, "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    value |= (0x7 << 76) | (0x2 << 62)
    return uuid.UUID(int=value)


def derived_id(*parts: str) -> uuid.UUID:
    """Return the same UUID (version 8) for the same parts, always.

    Parts are length-prefixed, so ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    value = int.from_bytes(digest.digest()[:16], "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    value |= (0x8 << 76) | (0x2 << 62)
    return uuid.UUID(int=value)


def case_code(random: bytes) -> str:
    """Return a code a person can read aloud, such as ``7KQ2M-X9D4F``, from 7 random bytes.

    Fifty bits and no meaning: it tells neither a time nor a count.
    """
    if len(random) != 7:
        raise ValueError("7 random bytes are needed")
    number = int.from_bytes(random, "big")
    letters = [_ALPHABET[(number >> (5 * place)) & 31] for place in range(CASE_CODE_LETTERS)]
    return "".join(letters[:5]) + "-" + "".join(letters[5:])
