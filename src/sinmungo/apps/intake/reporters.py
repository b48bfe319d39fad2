"""Who reports, as far as counting needs it: keyed digests, never an id.

One person's reports on an item count once, and reports that repeat one another's words are one cluster:
n reports from k clusters count k.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

from django.conf import settings

from sinmungo.core.text.normalise import normalise, squeeze

#: Shorter words are alike by chance.
LEAST_WORDS = 12


def reporter_digest(platform_id: str, external_id: str) -> bytes:
    """Return the digest of a platform's account that reports; empty for nobody in particular."""
    return _keyed("reporter", platform_id, external_id) if external_id else b""


def cluster_digest(*, platform_id: str, item_id: uuid.UUID, words: str, reporter: bytes) -> bytes:
    """Return the digest of those who act as one with this report.

    The same words (spacing, case and look-alikes aside) make one cluster, whoever sends them. Without
    words a reporter stands alone, and all who cannot be told apart stand together.
    """
    said = squeeze(normalise(words).text).text
    if len(said) >= LEAST_WORDS:
        return _keyed("words", platform_id, said)
    return _keyed("alone", reporter.hex()) if reporter else _keyed("unnamed", item_id.hex)


def _keyed(*parts: str) -> bytes:
    key: bytes = settings.SINMUNGO_REPORTER_KEY
    said = b"".join(len(data).to_bytes(4, "big") + data for data in (part.encode() for part in parts))
    return hmac.new(key, said, hashlib.sha256).digest()
