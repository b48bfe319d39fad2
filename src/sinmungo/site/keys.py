"""The deployment's own keys: files of mode 0600 under its home, made once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def load_or_make(folder: Path, name: str) -> bytes:
    """Return the 32 bytes of the key ``name``, making it on first use.

    Two processes that start at once agree: the file appears whole or not at all.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.key"
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise RuntimeError(f"The key file {path.name} is damaged: {KEY_BYTES} bytes were expected.")
    return key


def _make(path: Path) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        fresh.unlink()
