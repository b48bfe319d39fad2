"""What a store of destroyable secrets promises, and the errors it may raise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from sinmungo.core.kernel.errors import Refused, Unavailable

MAX_REF_BYTES = 200
MAX_REFS = 10_000


class KeyVault(Protocol):
    """Secrets of 32 bytes under refs, apart from every database and its backups.

    A ref is 1 to 200 bytes of UTF-8 and names a row, never a person. Any method may raise
    ``VaultUnavailable``; the store then still holds all that it acknowledged.
    """

    def create(self, refs: Sequence[str]) -> None:
        """Give each ref a secret, on the disk when this returns. A ref that has one keeps it.

        Raises ``BadRef``, before anything is written, for more than 10,000 refs or a bad one.
        """
        ...

    def secrets(self, refs: Sequence[str]) -> dict[str, bytes]:
        """Return the secrets of those refs that have one; the others are absent."""
        ...

    def destroy(self, refs: Sequence[str]) -> None:
        """Remove the secrets for ever: when this returns the vault holds no copy. Repeatable."""
        ...

    def refs(self) -> Iterator[tuple[str, int]]:
        """Return each ref with the time of its creation, in milliseconds since 1970 UTC."""
        ...

    def snapshot(self, path: Path) -> None:
        """Write a consistent copy that can be opened as a vault; ``path`` must not exist yet.

        The copy keeps what is destroyed later, so whoever asks for it must delete it in days.
        """
        ...


class BadRef(Refused):
    """A ref is empty, too long or not text, or there are too many of them."""

    code = "vault.bad_ref"
    message = "At most {most} names of 1 to {longest} bytes can be given."


class VaultUnavailable(Unavailable):
    """The vault cannot serve; nothing it acknowledged was lost."""

    code = "vault.unavailable"
    message = "The key vault is not available."


class CannotWrite(VaultUnavailable):
    """The disk is full, read-only or failing."""

    code = "vault.cannot_write"
    message = "The key vault cannot be written: {reason}."


class CannotRead(VaultUnavailable):
    """A file of the vault cannot be read."""

    code = "vault.cannot_read"
    message = "The key vault cannot be read: {reason}."


class LoosePermissions(VaultUnavailable):
    """Others on this machine could read the vault, so it is not used."""

    code = "vault.permissions"
    message = "{name} has mode {mode} and owner {owner}; it must have mode {wanted} and owner {user}."


class PartMissing(VaultUnavailable):
    """One of the vault's two files is gone while the other stands: restore it from its copy."""

    code = "vault.part_missing"
    message = "{name} is missing. Restore the vault from its last copy."


class WrongKey(VaultUnavailable):
    """The key that stands beside the vault, or the credential, is not the vault's."""

    code = "vault.wrong_key"
    message = "The root key does not open this vault. Check {name} and the system credential."


class Damaged(VaultUnavailable):
    """Bytes that were acknowledged no longer stand as they were written."""

    code = "vault.damaged"
    message = "{name} is damaged at byte {offset}. Restore the vault from its last copy."
