"""Whom a platform could not bring back at first and brought back later, when a person had it sent again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from sinmungo.apps.autonomy.models import Affected, Incident
from sinmungo.apps.autonomy.services import restoring
from sinmungo.apps.enforcement.models import Delivery
from sinmungo.journeys.restoring import members
from sinmungo.journeys.restoring.reading_back import outcomes

#: There are few of them and nobody waits for the second.
EVERY = timedelta(seconds=5)
_looked_at: datetime | None = None


def keep(*, now: datetime, limit: int) -> int:
    """Count as restored who was impossible and whose platform has confirmed it since; returns how many."""
    global _looked_at
    if _looked_at is not None and timedelta() <= now - _looked_at < EVERY:
        return 0
    _looked_at = now
    under_way = (Incident.State.OPEN, Incident.State.RESTORING)
    open_ones = Incident.objects.filter(state__in=under_way)
    rows = Affected.objects.filter(
        incident__in=open_ones, state=Affected.State.IMPOSSIBLE, answer__isnull=False
    )
    news = rows.filter(_confirmed_since("item") | _confirmed_since("account"))
    chosen = Affected.objects.filter(pk__in=list(news.values_list("pk", flat=True)[:limit]))
    ended = outcomes(members.read(chosen))
    changes = [change for change in ended if change.state == Affected.State.RESTORED]
    restoring.confirmed(changes=changes, at=now)
    return len(changes)


def _confirmed_since(field: str) -> Q:
    """Whether a delivery about the item or account was confirmed after the row was last changed."""
    ends = (Delivery.State.DONE, Delivery.State.ALREADY)
    rows = Delivery.objects.filter(item=OuterRef(field), state__in=ends, done_at__gte=OuterRef("changed_at"))
    return Q(Exists(rows))
