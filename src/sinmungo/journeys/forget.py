"""Forget: what was sealed for a person, a report or an appeal becomes unreadable for ever.

The order, each step on the disk before the next: the rows say "destroying" and the ledger says who
ordered it; the list of tombstones; the vault; the rows say "destroyed" and the ledger says it is done.
A process may be killed between any two: ``keep`` goes on from the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.vault import queries as keys
from sinmungo.apps.vault import services as vault

ORDERED = "vault.destruction.ordered"
DONE = "vault.destruction.done"


def forget(refs: Sequence[str], *, actor: Actor) -> list[str]:
    """Destroy the keys of ``refs``; return those that were not destroyed before.

    Twice changes nothing. Copies of the vault open the texts until they are deleted (at most 7 days).
    """
    at = clock.now()
    with transaction.atomic():
        begun = keys.destroyed(refs)
        pending = vault.order(refs, at=at)
        ledger.record(_entries(ORDERED, [ref for ref in pending if ref not in begun], actor), at=at)
    return _finish(pending, actor=actor, at=at)


def keep(now: datetime, limit: int) -> int:
    """End up to ``limit`` destructions that a killed process began; return how many there were."""
    return len(_finish(keys.being_destroyed(limit=limit), actor=SYSTEM, at=now))


def subject(ref: str) -> str:
    """Return how the ledger names a key: the ref itself would lead to a person."""
    return f"key:{ledger.salted(ref)}"


def _finish(refs: Sequence[str], *, actor: Actor, at: datetime) -> list[str]:
    vault.erase(refs, at=at, actor=actor)
    with transaction.atomic():
        buried = vault.bury(refs, at=at)
        ledger.record(_entries(DONE, buried, actor), at=at)
    return buried


def _entries(kind: str, refs: Sequence[str], actor: Actor) -> list[ledger.NewEntry]:
    return [ledger.NewEntry(kind, subject(ref), actor) for ref in refs]
