"""Deleting for good what has been withheld for a stated number of days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sinmungo.core.kernel.words import ItemType
from sinmungo.demo.platform.models import Account, Message, Post, Room, Standing


def purge(*, days: int, now: datetime) -> int:
    """Empty and delete what was withheld, suspended, or deleted by its author, at least ``days`` ago.

    Returns how many were emptied, accounts among them. It cannot be undone: a later restoration is
    answered ``gone``.
    """
    before = now - timedelta(days=days)
    emptied = 0
    with transaction.atomic():
        for kind, model in ((ItemType.POST, Post), (ItemType.ROOM, Room), (ItemType.MESSAGE, Message)):
            withheld = Standing.objects.filter(type=kind, withheld_since__lte=before)
            due = Q(external_id__in=withheld.values("external_id")) | Q(deleted_at__lte=before)
            emptied += model.objects.filter(due).exclude(text="").update(text="", deleted_at=now)
        suspended = Standing.objects.filter(type=ItemType.ACCOUNT, suspended_since__lte=before)
        there = Account.objects.filter(purged_at__isnull=True)
        closed = there.filter(external_id__in=suspended.values("external_id"))
        emptied += closed.update(purged_at=now, about="")
    return emptied
