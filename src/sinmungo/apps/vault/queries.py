"""Opening sealed text, and what the vault's rows say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sinmungo.apps.vault.errors import Destroyed
from sinmungo.apps.vault.models import SealedKey
from sinmungo.apps.vault.store import key_vault
from sinmungo.core import sealing
from sinmungo.core.sealing import Sealed


def unseal_bytes(ref: str, field: str, blob: bytes | memoryview) -> Sealed[bytes]:
    """Return what ``services.seal_many`` was given for this ref and field.

    Raises ``Destroyed`` when the key is gone, and ``sealing.CannotOpen`` for a value that is damaged
    or was sealed for another ref or field.
    """
    secret = key_vault().secrets([ref]).get(ref)
    if secret is None:
        raise Destroyed
    key = sealing.field_key(secret, ref)
    return Sealed(sealing.unseal(key, bytes(blob), field=field, ref=ref))


def unseal_many(ref: str, field: str, blobs: Iterable[bytes]) -> list[bytes | None]:
    """Return what each was sealed from, None for one that is damaged; the vault is asked once for all.

    Raises ``Destroyed`` when the key is gone.
    """
    secret = key_vault().secrets([ref]).get(ref)
    if secret is None:
        raise Destroyed
    key = sealing.field_key(secret, ref)
    return [_opened(key, blob, field, ref) for blob in blobs]


def _opened(key: bytes, blob: bytes, field: str, ref: str) -> bytes | None:
    try:
        return sealing.unseal(key, blob, field=field, ref=ref)
    except sealing.CannotOpen:
        return None


def unseal(ref: str, field: str, blob: bytes | memoryview) -> Sealed[str]:
    """Return the text that ``services.seal`` was given; errors as ``unseal_bytes``."""
    return Sealed(unseal_bytes(ref, field, blob).reveal().decode())


def being_destroyed(*, limit: int) -> list[str]:
    """Return refs whose destruction was ordered and is not finished."""
    rows = SealedKey.objects.filter(state=SealedKey.State.DESTROYING).order_by("ref")
    return list(rows.values_list("ref", flat=True)[:limit])


def destroyed(refs: Sequence[str]) -> set[str]:
    """Return those of ``refs`` whose destruction was ordered, finished or not."""
    rows = SealedKey.objects.filter(ref__in=refs).exclude(state=SealedKey.State.ACTIVE)
    return set(rows.values_list("ref", flat=True))
