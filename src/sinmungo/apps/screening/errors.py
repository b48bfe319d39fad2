from __future__ import annotations

from sinmungo.core.kernel.errors import Refused


class BadDigest(Refused):
    """A bank of exact digests holds SHA-256 digests only."""

    code = "screening.bad_digest"
    message = "Entry {place} is not a SHA-256 of 64 hexadecimal digits."
