"""Receipts: what a person keeps to come back with. Only a digest of one is ever stored.

A receipt has 128 random bits, so its digest needs neither salt nor a slow function.
"""

from __future__ import annotations

import hashlib
import re

_LETTERS = re.compile("[0-9a-f]{32}")
_GAPS = re.compile(r"[\s\-‐‑–—]+")


def digest(receipt: str) -> bytes | None:
    """Return the SHA-256 by which a receipt is known, however it was spaced; None if it is not one."""
    letters = _GAPS.sub("", receipt[:200]).lower()
    return hashlib.sha256(letters.encode()).digest() if _LETTERS.fullmatch(letters) else None
