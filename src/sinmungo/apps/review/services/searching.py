"""That somebody was looked for by name is written down; what else was searched for is nobody's business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger.services import NewEntry, record, salted


@transaction.atomic
def record_search(*, accounts: Sequence[Item], at: datetime, actor: Actor) -> None:
    """Write down that accounts were searched for by their very names; of each stands a salted digest."""
    record(
        [
            NewEntry(
                "review.searched",
                f"account:{salted(account.id.hex)}",
                actor,
                {"platform": account.platform_id},
            )
            for account in accounts
        ],
        at=at,
    )
