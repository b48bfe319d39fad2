"""What a fingerprint may hold, and how its row keeps it: in clear, or sealed in a bank of protected media."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sinmungo.apps.screening.errors import BadFingerprint, NoSealedTexts
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.apps.vault import services as vault
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.apps.vault.store import key_vault
from sinmungo.core import sealing
from sinmungo.core.matching.fingerprints import HASH_BYTES, MOST_HASHES, RECORD_BYTES

#: What the sealed content of a fingerprint is bound to.
CONTENT_FIELD = "screening_fingerprint.content"
#: Frames of one clip: at most 3,600 rows of all readings.
MOST_FRAMES = 3600
TEXT_BYTES = 512
MAX_EXTERNAL_ID = 200
#: The signature of a text without a letter or digit: it would be like every other such text.
_NO_TEXT = b"\xff" * TEXT_BYTES
_SHOWN = "···"


class NewFingerprint(NamedTuple):
    """A fingerprint to be added: ``content`` is as ``core.matching.fingerprints`` writes it for its kind."""

    kind: str
    content: bytes
    external_id: str = ""
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"NewFingerprint({self.kind}, {_SHOWN})"


def key_ref(bank: str) -> str:
    """Return the name of the key that a sealed bank is sealed under."""
    return f"bank:{bank}"


def check(bank: Bank, new: Sequence[NewFingerprint]) -> None:
    """Raise BadFingerprint, by place, for content that is none of its kind; NoSealedTexts for such texts."""
    for place, each in enumerate(new, start=1):
        if not is_content(each.kind, each.content) or len(each.external_id) > MAX_EXTERNAL_ID:
            raise BadFingerprint(place=place)
        if bank.is_sealed and each.kind == Fingerprint.Kind.TEXT:
            raise NoSealedTexts


def is_content(kind: str, content: bytes) -> bool:
    """Tell whether ``content`` has the shape of a fingerprint of ``kind``."""
    size = len(content)
    match kind:
        case Fingerprint.Kind.SHA256:
            return size == 32
        case Fingerprint.Kind.MD5:
            return size == 16
        case Fingerprint.Kind.PDQ:
            return size % RECORD_BYTES == 0 and 0 < size <= MOST_HASHES * RECORD_BYTES
        case Fingerprint.Kind.CLIP:
            return size % HASH_BYTES == 0 and 0 < size <= MOST_FRAMES * HASH_BYTES
        case Fingerprint.Kind.TEXT:
            return size == TEXT_BYTES and content != _NO_TEXT
    return False


def digests(bank: Bank, contents: Iterable[tuple[str, bytes]]) -> list[bytes]:
    """Return what tells equal fingerprints apart: SHA-256 of kind and content, keyed in a sealed bank.

    Raises ``Destroyed`` when the key of a sealed bank is gone.
    """
    told = (f"{kind}\0".encode() + content for kind, content in contents)
    if not bank.is_sealed:
        return [hashlib.sha256(each).digest() for each in told]
    key = _key(bank.name, "digests")
    return [hmac.digest(key, each, "sha256") for each in told]


def stored(bank: Bank, contents: Sequence[bytes]) -> list[bytes]:
    """Return the contents as rows keep them; done before the transaction that writes them."""
    if not bank.is_sealed:
        return list(contents)
    ref = key_ref(bank.name)
    return vault.seal_many([(ref, CONTENT_FIELD, each) for each in contents])


def without_key(banks: Sequence[str]) -> frozenset[str]:
    """Return those of the sealed banks whose key is gone: nothing opens them any more."""
    refs = {key_ref(bank): bank for bank in banks}
    held = key_vault().secrets(list(refs)) if refs else {}
    return frozenset(bank for ref, bank in refs.items() if ref not in held)


def opened(bank: str, rows: Iterable[bytes]) -> list[bytes | None]:
    """Return the contents of a sealed bank's rows, None for one that is damaged.

    The vault is asked once for all of them. Raises ``Destroyed`` when the bank's key is gone.
    """
    return vault_queries.unseal_many(key_ref(bank), CONTENT_FIELD, rows)


def _key(bank: str, use: str) -> bytes:
    """Return a key for a ``use``, made from the secret that the bank is sealed under."""
    ref = key_ref(bank)
    secret = key_vault().secrets([ref]).get(ref)
    if secret is None:
        raise Destroyed
    return sealing.field_key(secret, f"{ref}/{use}")
