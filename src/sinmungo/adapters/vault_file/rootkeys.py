"""The vault's root keys: two slots in ``root.key``, mixed with the system's credential if there is one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sinmungo.adapters.vault_file.disk import reading, write_all
from sinmungo.core.sealing.envelope import KEY_BYTES
from sinmungo.core.sealing.vault import CannotRead, Damaged, PartMissing

CREDENTIAL = "sinmungo-vault"
KEY_FILE = "root.key"
GENERATION_BYTES = 16
_KEY_MAGIC = b"SMROOTK1"
_SLOT = GENERATION_BYTES + KEY_BYTES
_BLANK = bytes(_SLOT)


def systemd_credential(environ: Mapping[str, str]) -> bytes | None:
    """Return the credential ``sinmungo-vault`` that systemd gave this service, if it gave one.

    It is mixed into every root key, so the folder alone, on a stolen disk, opens nothing. Raises
    ``CannotRead`` if it has fewer than 32 bytes.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not (path := Path(folder) / CREDENTIAL).exists():
        return None
    with reading():
        credential = path.read_bytes()
    if len(credential) < KEY_BYTES:
        raise CannotRead(reason=f"the credential {CREDENTIAL} has fewer than {KEY_BYTES} bytes")
    return credential


class RootKeys:
    """``root.key``: a mark and two slots of (generation, root key), rewritten in place.

    The slot in use is never touched, so a write that is cut short harms nothing; and in place means
    that zeros fall on the bytes of the old key as far as the disk allows.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[bytes, bytes]:
        """Return the root keys by generation."""
        return {slot[:GENERATION_BYTES]: slot[GENERATION_BYTES:] for slot in self._slots() if slot != _BLANK}

    def add(self, generation: bytes, root: bytes) -> None:
        """Write into the blank slot; on the disk when this returns."""
        self._write(self._slots().index(_BLANK), generation + root)

    def keep_only(self, generation: bytes) -> None:
        """Put zeros over every slot but this generation's; on the disk when this returns."""
        for place, slot in enumerate(self._slots()):
            if not slot.startswith(generation):
                self._write(place, _BLANK)

    def _slots(self) -> list[bytes]:
        with reading():
            try:
                data = self.path.read_bytes()
            except FileNotFoundError:
                raise PartMissing(name=KEY_FILE) from None
        if len(data) != len(_KEY_MAGIC) + 2 * _SLOT or not data.startswith(_KEY_MAGIC):
            raise Damaged(name=KEY_FILE, offset=0)
        first = len(_KEY_MAGIC)
        return [data[first : first + _SLOT], data[first + _SLOT :]]

    def _write(self, place: int, slot: bytes) -> None:
        file = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            write_all(file, slot, len(_KEY_MAGIC) + place * _SLOT)
            os.fsync(file)
        finally:
            os.close(file)


def key_bytes(generation: bytes, root: bytes) -> bytes:
    return _KEY_MAGIC + generation + root + _BLANK


def derive(root: bytes, generation: bytes, credential: bytes | None) -> tuple[bytes, bytes]:
    """Return the frames' key, and a value that shows in the header that it is the right one."""
    info = b"sinmungo/vault/root/v1" + generation
    material = HKDF(SHA256(), 2 * KEY_BYTES, salt=credential, info=info).derive(root)
    return material[:KEY_BYTES], material[KEY_BYTES:]
