"""Making keys, sealing under them, and destroying them so that nothing brings them back.

Order of writing: ``ensure`` puts the secret on the disk, then a transaction writes the sealed text
and ``register``s the ref. Order of destroying: ``order`` (committed), ``erase`` (the list of
tombstones, then the vault), ``bury`` (rows). Each step may be done twice, and a process killed between
any two is taken up again by ``resume_destructions`` or, with its ledger entries, by ``journeys.forget``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.vault import queries, tombstones
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.apps.vault.models import SealedKey, Tombstone
from sinmungo.apps.vault.store import key_vault
from sinmungo.core import sealing

#: A secret without a row for this long belongs to a transaction that never committed.
ORPHAN_AFTER = timedelta(hours=1)
#: Looking for orphans reads every ref, so each process does it no more often than this.
REAP_EVERY = timedelta(minutes=10)
_reaped_at: datetime | None = None
#: Refs in one statement or one call to the vault.
_PART = 500


def ensure(refs: Sequence[str]) -> None:
    """Give every ref a secret, on the disk when this returns. Call it before the transaction.

    Raises ``Destroyed`` for a ref whose destruction was ordered: it never gets another key.
    """
    for part in _parts(refs):
        if queries.destroyed(part):
            raise Destroyed
        key_vault().create(part)


def register(refs: Sequence[str], *, at: datetime) -> None:
    """Write the rows of ``refs`` that have none, inside the transaction that uses them.

    Raises ``Destroyed``, which rolls that transaction back, if a key went since it was ensured.
    """
    for part in _parts(refs):
        rows = [SealedKey(ref=ref, created_at=at) for ref in part]
        SealedKey.objects.bulk_create(rows, ignore_conflicts=True)
        if queries.destroyed(part) or len(key_vault().secrets(part)) < len(part):
            raise Destroyed


def seal(ref: str, field: str, text: str) -> bytes:
    """Return ``text`` sealed under the key of ``ref``; ``field`` is "table.column" and bound to it.

    Raises ``Destroyed`` if ``ref`` has no key: it was destroyed, or never ensured.
    """
    return seal_many([(ref, field, text.encode())])[0]


def seal_many(rows: Sequence[tuple[str, str, bytes]]) -> list[bytes]:
    """Return the envelope of each (ref, field, plain), in order; errors as ``seal``."""
    refs = list(dict.fromkeys(ref for ref, _, _ in rows))
    secrets = key_vault().secrets(refs)
    if len(secrets) < len(refs):
        raise Destroyed
    keys = {ref: sealing.field_key(secret, ref) for ref, secret in secrets.items()}
    return [
        sealing.seal(keys[ref], plain, field=field, ref=ref, nonce=os.urandom(sealing.NONCE_BYTES))
        for ref, field, plain in rows
    ]


def destroy(refs: Sequence[str], *, actor: Actor) -> None:
    """Make everything sealed under ``refs`` unreadable for ever; twice changes nothing.

    When this returns neither the vault nor a later restore of a database backup opens them; copies of
    the vault do until they are deleted (at most 7 days). The ledger entry is ``journeys.forget``'s.
    """
    at = clock.now()
    pending = order(refs, at=at)
    erase(pending, at=at, actor=actor)
    bury(pending, at=at)


def order(refs: Sequence[str], *, at: datetime) -> list[str]:
    """Write that ``refs`` are to be destroyed; return those that are not yet. From here on it happens."""
    pending: list[str] = []
    with transaction.atomic():
        for part in _parts(refs):
            rows = [SealedKey(ref=r, created_at=at, state=SealedKey.State.DESTROYING) for r in part]
            SealedKey.objects.bulk_create(rows, ignore_conflicts=True)
            found = SealedKey.objects.filter(ref__in=part)
            found.filter(state=SealedKey.State.ACTIVE).update(state=SealedKey.State.DESTROYING)
            waiting = found.filter(state=SealedKey.State.DESTROYING).order_by("ref")
            pending += waiting.values_list("ref", flat=True)
    return pending


def erase(refs: Sequence[str], *, at: datetime, actor: Actor) -> None:
    """List the tombstones, then delete the secrets; both are on the disk when this returns."""
    if refs:
        tombstones.append([tombstones.Listed(ref, at, str(actor)) for ref in refs])
        key_vault().destroy(refs)


def bury(refs: Sequence[str], *, at: datetime) -> list[str]:
    """Write the rows' end for ``refs`` that were erased; return those it was written for now."""
    buried: list[str] = []
    with transaction.atomic():
        for part in _parts(refs):
            rows = SealedKey.objects.filter(ref__in=part, state=SealedKey.State.DESTROYING)
            ending = list(rows.select_for_update().order_by("ref").values_list("ref", flat=True))
            rows.filter(ref__in=ending).update(state=SealedKey.State.DESTROYED, destroyed_at=at)
            stones = [Tombstone(ref=ref, at=at) for ref in ending]
            Tombstone.objects.bulk_create(stones, ignore_conflicts=True)
            buried += ending
    return buried


def resume_destructions() -> int:
    """End every destruction that a killed process began; return how many there were."""
    done = 0
    while pending := queries.being_destroyed(limit=_PART):
        at = clock.now()
        erase(pending, at=at, actor=SYSTEM)
        done += len(bury(pending, at=at))
    return done


def replay_tombstones() -> int:
    """Destroy again what the list or the rows say was destroyed; return how many keys had come back.

    Restoring a backup calls this before anything is served: an older database forgets tombstones, and
    an older copy of the vault still holds the keys. Afterwards list, rows and vault agree.
    """
    listed = {row.ref: row for row in tombstones.read()}
    stones = list(Tombstone.objects.order_by("pk").values_list("ref", "at"))
    unlisted = [tombstones.Listed(ref, at, str(SYSTEM)) for ref, at in stones if ref not in listed]
    tombstones.append(unlisted)
    every = sorted({*listed, *(ref for ref, _ in stones)})
    returned = key_vault().secrets(every)
    key_vault().destroy(every)
    now = clock.now()
    order(every, at=now)
    bury(every, at=now)
    resume_destructions()
    return len(returned)


def reap_orphans(now: datetime) -> int:
    """Delete secrets older than an hour that no row speaks of; return how many."""
    before = int((now - ORPHAN_AFTER).timestamp() * 1000)
    with transaction.atomic():
        _keep_rows_from_appearing()
        old = [ref for ref, created_ms in key_vault().refs() if created_ms < before]
        orphans = [ref for part in _parts(old) for ref in _without_live_row(part)]
        key_vault().destroy(orphans)
    return len(orphans)


def keep(now: datetime, limit: int) -> int:  # noqa: ARG001 - every keeper is asked the same way
    """Reap orphans now and then; the worker calls this all the time. Destructions are ``forget``'s."""
    global _reaped_at
    if _reaped_at is not None and timedelta() <= now - _reaped_at < REAP_EVERY:
        return 0
    _reaped_at = now
    return reap_orphans(now)


def _without_live_row(refs: Sequence[str]) -> list[str]:
    """Return refs without a row, or whose secret came back after it was destroyed."""
    rows = SealedKey.objects.filter(ref__in=refs).exclude(state=SealedKey.State.DESTROYED)
    live = set(rows.values_list("ref", flat=True))
    return [ref for ref in refs if ref not in live]


def _keep_rows_from_appearing() -> None:
    """Wait for open transactions that registered keys, and hold up later ones until this one ends.

    A later one finds its key gone and is rolled back. SQLite's transactions exclude one another.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {SealedKey._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _parts(refs: Sequence[str]) -> Iterator[list[str]]:
    distinct = list(dict.fromkeys(refs))
    return (distinct[start : start + _PART] for start in range(0, len(distinct), _PART))
