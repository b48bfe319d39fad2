"""Seal one field's value under the key of the person or case it belongs to.

An envelope is ``nonce || ChaCha20-Poly1305(length || value || zeros)`` (RFC 8439). The field's name
and the ref are authenticated, so an envelope moved to another column or person does not open. The
padding to a multiple of 256 bytes hides the length of short texts.
"""

from __future__ import annotations

import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sinmungo.core.kernel.errors import Refused, Unavailable

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
BLOCK = 256
MAX_PLAIN = 16 * 1024 * 1024
_INFO = b"sinmungo/vault/v1/"
_DOMAIN = b"sinmungo/seal/v1"
_LENGTH = struct.Struct(">I")


class CannotOpen(Unavailable):
    """An envelope is damaged, moved, or not of this key. It says nothing of the content."""

    code = "sealing.cannot_open"
    message = "A sealed value cannot be opened."


class TooLong(Refused):
    """A value is longer than one envelope carries."""

    code = "sealing.too_long"
    message = "The value has {length} bytes; at most {limit} can be sealed."


def field_key(secret: bytes, ref: bytes | str) -> bytes:
    """Return the 32-byte key of ``ref``: HKDF-SHA256 (RFC 5869) of its vault secret.

    Raises ``ValueError`` if ``secret`` is not 32 bytes: a shorter one is a programming error.
    """
    if len(secret) != KEY_BYTES:
        raise ValueError("a vault secret has 32 bytes")
    name = ref.encode() if isinstance(ref, str) else ref
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=_INFO + name).derive(secret)


def seal(key: bytes, plain: bytes, *, field: str, ref: str, nonce: bytes) -> bytes:
    """Return the envelope of ``plain``; its length tells ``len(plain)`` only to the next 256 bytes.

    ``nonce`` is 12 fresh random bytes: two values under one key and one nonce would uncover each
    other. Raises ``TooLong`` above 16 MiB and ``ValueError`` for a nonce of another length.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a nonce has 12 bytes")
    if len(plain) > MAX_PLAIN:
        raise TooLong(length=len(plain), limit=MAX_PLAIN)
    padded = _LENGTH.pack(len(plain)) + plain
    padded += bytes(-len(padded) % BLOCK)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, padded, _bound_to(field, ref))


def unseal(key: bytes, envelope: bytes, *, field: str, ref: str) -> bytes:
    """Return the value that ``seal`` was given with the same key, field and ref.

    Raises ``CannotOpen`` for anything else, without a cause attached: tracebacks carry no content.
    """
    nonce, body = envelope[:NONCE_BYTES], envelope[NONCE_BYTES:]
    if len(body) < BLOCK + TAG_BYTES:
        raise CannotOpen
    try:
        padded = ChaCha20Poly1305(key).decrypt(nonce, body, _bound_to(field, ref))
    except InvalidTag:
        raise CannotOpen from None
    (length,) = _LENGTH.unpack_from(padded)
    if length > len(padded) - _LENGTH.size:
        raise CannotOpen
    return padded[_LENGTH.size : _LENGTH.size + length]


def _bound_to(field: str, ref: str) -> bytes:
    """Encode field and ref so that no other pair gives the same bytes."""
    parts = (_DOMAIN, field.encode(), ref.encode())
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)
