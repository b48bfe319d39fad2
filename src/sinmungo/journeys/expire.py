"""When a restriction's time is over, the item's wanted state is computed anew and delivered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import services as enforcement
from sinmungo.apps.enforcement.models import Delivery, Expiry
from sinmungo.apps.ledger import services as ledger


def keep(*, now: datetime, limit: int) -> int:
    """Keep due expiries; returns how many."""
    due = promise.claim(Expiry, now=now, limit=limit)
    if not due:
        return 0
    with transaction.atomic():
        states = enforcement.lock_states(row.item_id for row in due)
        moved = enforcement.recompute(states, at=now, deliver=_told_by_us(due))
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


def _told_by_us(due: Sequence[Expiry]) -> frozenset[uuid.UUID]:
    """Return the items whose platform was ever told of them here, whatever its mode is now."""
    rows = Delivery.objects.filter(item_id__in=[row.item_id for row in due])
    return frozenset(rows.values_list("item_id", flat=True))
