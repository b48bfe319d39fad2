"""The token of a one-time sign-in link: 256 random bits, of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

GOOD_FOR = timedelta(hours=24)


def new_token() -> str:
    """Return a fresh token for an address."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """Return what is kept of ``token``."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
