"""Snapshots of an index on disk: its keys and hashes. What is derived from them is made again.

The file, all numbers little-endian: ``MAGIC`` (16 bytes), the radius (u64), how many hashes there are (u64),
the keys in rising order (i64 each), the hashes in the order of their keys (32 bytes each), and the SHA-256 of
everything before. A hash takes 40 bytes.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from sinmungo.core.matching.index.values import HASH_BYTES, MAX_HASHES, MAX_RADIUS, Bits, Keys

MAGIC = b"sinmungo-index/1"

_HEADER = struct.Struct("<16sQQ")
_KEY = np.dtype("<i8")
_ROW_BYTES = HASH_BYTES + _KEY.itemsize
_DIGEST_BYTES = hashlib.sha256().digest_size
_BLOCK_ROWS = 1 << 14
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class BadSnapshot(ValueError):
    """A file that is no snapshot, or not whole. The text quotes nothing of the file."""


class Content(NamedTuple):
    """What a snapshot holds: hashes of shape (n, 32) in the order of their keys, which rise."""

    hashes: Bits
    keys: Keys
    radius: int


def write(path: Path, content: Content) -> None:
    """Write a snapshot for its owner alone; when this returns it is on the disk.

    It is written beside ``path`` and renamed, so that whoever reads sees the old one or the new one, also
    after a kill in the middle. What a kill leaves beside it is removed by the next call. One process at a
    time writes to a path. Raises OSError where the disk fails; the old one then stands.
    """
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, _NEW_FILE, 0o600), "wb") as file:
            _write(file, content)
            file.flush()
            os.fsync(file)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read(path: Path) -> Content:
    """Return what a snapshot holds. Raises BadSnapshot for what is none, and OSError if it cannot be read.

    No more memory is taken than the file is long.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        header = file.read(_HEADER.size)
        radius, count = _header(header, size)
        keys, hashes = np.empty(count, dtype=_KEY), np.empty((count, HASH_BYTES), dtype=np.uint8)
        digest = hashlib.sha256(header)
        for array in (keys, hashes):
            if file.readinto(array.reshape(-1).view(np.uint8).data) != array.nbytes:
                raise BadSnapshot("the snapshot is cut short")
            digest.update(array.data)
        if file.read() != digest.digest():
            raise BadSnapshot("the digest of the snapshot is not that of its content")
    if (keys[1:] <= keys[:-1]).any():
        raise BadSnapshot("the keys of the snapshot do not rise")
    return Content(hashes, keys.astype(np.int64, copy=False), radius)


def _write(file: BinaryIO, content: Content) -> None:
    header = _HEADER.pack(MAGIC, content.radius, len(content.keys))
    digest = hashlib.sha256(header)
    file.write(header)
    for array in (content.keys.astype(_KEY, copy=False), content.hashes):
        for start in range(0, len(array), _BLOCK_ROWS):
            block = array[start : start + _BLOCK_ROWS].tobytes()
            digest.update(block)
            file.write(block)
    file.write(digest.digest())


def _header(header: bytes, size: int) -> tuple[int, int]:
    if len(header) != _HEADER.size or not header.startswith(MAGIC):
        raise BadSnapshot("the file does not begin as a snapshot")
    _, radius, count = _HEADER.unpack(header)
    if radius > MAX_RADIUS or count > MAX_HASHES:
        raise BadSnapshot("the header of the snapshot is out of bounds")
    if size != _HEADER.size + count * _ROW_BYTES + _DIGEST_BYTES:
        raise BadSnapshot("the snapshot is cut short or too long")
    return radius, count


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
