"""When a restriction's time is over, the item's wanted state is computed anew and delivered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import services as enforcement
from sinmungo.apps.enforcement.models import Expiry
from sinmungo.apps.ledger import services as ledger
from sinmungo.core.kernel.words import PlatformMode


def keep(*, now: datetime, limit: int) -> int:
    """Keep due expiries; returns how many."""
    due = promise.claim(Expiry, now=now, limit=limit)
    if not due:
        return 0
    with transaction.atomic():
        states = enforcement.lock_states(row.item_id for row in due)
        full = Expiry.objects.filter(pk__in=[row.pk for row in due], item__platform__mode=PlatformMode.FULL)
        moved = enforcement.recompute(
            states, at=now, deliver=frozenset(full.values_list("item_id", flat=True))
        )
        ledger.record(
            [
                ledger.NewEntry(
                    "enforcement.restriction.expired",
                    f"item:{state.item_id.hex}",
                    SYSTEM,
                    {"version": state.version, "public_state": str(state.public_state)},
                )
                for state in moved
            ],
            at=now,
        )
        promise.kept(due, now=now)
    return len(due)
