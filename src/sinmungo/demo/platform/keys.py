"""The platform's own secrets: one file of 32 random bytes beside its database, mode 0600."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class Keys:
    """What is derived from the file: one secret a purpose."""

    cookies: str
    handover: Ed25519PrivateKey


def key_file(database: Path) -> Path:
    """Return where the keys of a database lie."""
    return database.with_name(database.name + ".key")


def make_keys(database: Path) -> None:
    """Write the key file unless it is there; it never leaves the folder and is never overwritten."""
    path = key_file(database)
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))


def read_keys(database: Path) -> Keys:
    """Return the keys of ``database``; without a file, keys that live as long as this process."""
    path = key_file(database)
    seed = path.read_bytes() if path.exists() else os.urandom(32)
    return Keys(
        cookies=_derive(seed, b"madang/cookies/v1").hex(),
        handover=Ed25519PrivateKey.from_private_bytes(_derive(seed, b"madang/handover/v1")),
    )


def _derive(seed: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(seed)
