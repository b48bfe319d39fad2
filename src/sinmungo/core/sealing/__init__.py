"""Authenticated encryption of values under keys that can be destroyed, and the key vault's protocol.

A *secret* V of 32 bytes lives in a ``KeyVault`` under a *ref* (a person or a case). Everything sealed
for that ref is sealed under a key derived from V, so destroying V makes every copy unreadable,
wherever the copies are. Nothing here keeps a key, reads a clock or draws a random number.
"""

from sinmungo.core.sealing.envelope import (
    MAX_PLAIN,
    NONCE_BYTES,
    CannotOpen,
    TooLong,
    field_key,
    seal,
    unseal,
)
from sinmungo.core.sealing.sealed import Sealed
from sinmungo.core.sealing.vault import KeyVault

__all__ = [
    "MAX_PLAIN",
    "NONCE_BYTES",
    "CannotOpen",
    "KeyVault",
    "Sealed",
    "TooLong",
    "field_key",
    "seal",
    "unseal",
]
