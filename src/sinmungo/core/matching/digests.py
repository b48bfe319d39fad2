"""Exact digests of a file of any kind: media that is, byte for byte, what a bank holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

#: Bytes of a file that is digested.
MAX_BYTES = 4 << 30
_CHUNK = 1 << 20


class TooLarge(ValueError):
    """A file of more bytes than may be read."""


@dataclass(frozen=True, slots=True)
class Digests:
    """The two digests that hash exchanges use, as bytes, and the file's size in bytes."""

    sha256: bytes
    md5: bytes
    size: int


def digests(file: BinaryIO, *, max_bytes: int = MAX_BYTES) -> Digests:
    """Return the digests of what is left to read of ``file``, read once, a mebibyte at a time.

    Raises TooLarge as soon as more than ``max_bytes`` came, and what reading raises.
    """
    sha256 = hashlib.sha256()
    # exchanges name clips by MD5; it tells files apart and protects nothing
    md5 = hashlib.md5(usedforsecurity=False)
    size = 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"the file has more than {max_bytes} bytes")
        sha256.update(chunk)
        md5.update(chunk)
    return Digests(sha256.digest(), md5.digest(), size)
