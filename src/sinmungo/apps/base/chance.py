"""Numbers that only this deployment's key can foresee, the same every time."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def chance(of: bytes, what: str) -> float:
    """Return a number from 0 up to, not including, 1 for ``of`` and the draw that is named ``what``.

    Nobody can foresee it, and whoever holds the key can show afterwards that nothing was picked by hand.
    """
    return int.from_bytes(keyed(of, what)[:7], "big") / 2**56


def keyed(of: bytes, what: str) -> bytes:
    """Return 32 bytes under a key that serves nothing else."""
    key = hashlib.sha256(b"sinmungo/guard/" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, what.encode() + b"\0" + of, hashlib.sha256).digest()
