"""Opaque names for rows in addresses: a row's id sorts by time and so would tell the time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

from sinmungo.core.kernel.errors import NotFound


def to_handle(row_id: uuid.UUID) -> str:
    """Return the name of a row in an address: its id as one enciphered block, 22 letters."""
    encryptor = _cipher().encryptor()
    block = encryptor.update(row_id.bytes) + encryptor.finalize()
    return base64.urlsafe_b64encode(block).decode().rstrip("=")


def from_handle(handle: str) -> uuid.UUID:
    """Return the id that :func:`to_handle` enciphered; raises NotFound for anything else."""
    try:
        block = base64.b64decode(handle + "==", altchars=b"-_", validate=True)
        decryptor = _cipher().decryptor()
        return uuid.UUID(bytes=decryptor.update(block) + decryptor.finalize())
    except (binascii.Error, ValueError, UnicodeEncodeError) as error:
        raise NotFound from error


def _cipher() -> Cipher[modes.ECB]:
    key = hashlib.sha256(b"sinmungo/console/handles" + settings.SECRET_KEY.encode()).digest()
    # exactly one block, and an id is never used twice: nothing for a mode to hide
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
