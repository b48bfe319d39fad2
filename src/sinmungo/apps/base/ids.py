"""New identifiers from the clock and the system's randomness."""

from __future__ import annotations

import secrets
import time
import uuid

from sinmungo.core.kernel import ids


def new_id() -> uuid.UUID:
    """Return a fresh UUID version 7: sorts by time, so it is for rows only, never for a link."""
    return ids.uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10))


def new_handle() -> bytes:
    """Return 16 random bytes that name something in a link and tell nothing."""
    return secrets.token_bytes(16)


def new_case_code() -> str:
    """Return a fresh code that a person can read aloud."""
    return ids.case_code(secrets.token_bytes(7))


def new_receipt() -> str:
    """Return a receipt of 128 random bits as 32 letters in groups of eight; only its digest is kept."""
    token = secrets.token_hex(16)
    return "-".join(token[start : start + 8] for start in range(0, 32, 8))
