"""How long a restoration still takes: at the pace of the platform's own confirmations, and no sooner than
what is waited for."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Max, Min, Q

from sinmungo.apps.autonomy.models import Affected, Restoration, RestorationBatch
from sinmungo.apps.autonomy.queries import restorable
from sinmungo.apps.base import promise
from sinmungo.apps.enforcement.models import Delivery

#: The pace is that of the last minute: what is slow now is not made up for by a fast beginning.
PACE_OVER = timedelta(seconds=60)
#: A delivery is answered within about ten seconds. One that was claimed longer ago is the claim of a killed
#: worker, and nobody takes it up before the claim ends.
LOST_AFTER = timedelta(seconds=15)
#: So many of the deliveries that are owed, those due last, are looked at.
MOST_TRIES = 1000
_CONFIRMED = (Affected.State.RESTORED, Affected.State.IMPOSSIBLE)


def pace(restoration: Restoration, at: datetime) -> float:
    """Return how many people a second the platform has answered for in the last minute.

    Where the first of them was decided later than a minute ago it is measured from that decision: before it
    the platform was only asked, or the restoration stood still. 0 while nobody is confirmed.
    """
    if restoration.confirmed_at is None:
        return 0.0
    since = max(at - PACE_OVER, restoration.confirmed_at)
    told = Affected.objects.filter(
        incident=restoration.incident_id,
        state__in=_CONFIRMED,
        answer__isnull=False,
        changed_at__gt=since,
        changed_at__lte=at,
    )
    found = told.aggregate(count=Count("pk"), decided_at=Min("answer__made_at"))
    if not found["count"]:
        return 0.0
    began: datetime = max(since, found["decided_at"])
    return float(found["count"]) / max((at - began).total_seconds(), 1.0)


def seconds_left(restoration: Restoration, *, waiting: int, pace: float, at: datetime) -> float | None:
    """Return in how many seconds the ``waiting`` people will be answered for; None while nobody can say.

    Where nobody was confirmed for a minute that is known only when all who wait were claimed by a worker that
    was killed. Kills and refusals to come are not foretold.
    """
    if restoration.state == Restoration.State.DONE or not waiting:
        return 0.0
    if restoration.state != Restoration.State.RUNNING:
        return None
    tries = _tries(restoration, at)
    if pace > 0.0:
        last = max(each for each in (at, *tries) if each is not None)
        return max(waiting / pace, (last - at).total_seconds())
    undecided = restorable.taken_by(restoration).filter(state=Affected.State.WAITING, answer__isnull=True)
    if tries.lost is None or undecided.exists():
        return None
    return (tries.lost - at).total_seconds()


class _Tries(NamedTuple):
    """When the last try is due of a batch, of a delivery that failed, and of one of a killed worker's."""

    batch: datetime | None
    failed: datetime | None
    lost: datetime | None


def _tries(restoration: Restoration, at: datetime) -> _Tries:
    batches = RestorationBatch.objects.filter(restoration=restoration, done_at__isnull=True)
    rows = Delivery.objects.filter(platform=restoration.platform_id, done_at__isnull=True)
    latest = rows.order_by("-due_at").values_list("item", "due_at", "claimed_until")[:MOST_TRIES]
    owed = {item: (due_at, claimed_until) for item, due_at, claimed_until in latest}
    about = [owed[item] for item in _decided(restoration, owed)]
    lost = [claimed for _, claimed in about if claimed and at < claimed <= at + promise.LEASE - LOST_AFTER]
    return _Tries(
        batches.aggregate(last=Max("due_at"))["last"],
        max((due_at for due_at, _ in about), default=None),
        max(lost, default=None),
    )


def _decided(restoration: Restoration, items: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of ``items`` that are about somebody who was decided and waits for the platform."""
    rows = Affected.objects.filter(
        Q(account__in=items) | Q(item__in=items),
        incident=restoration.incident_id,
        state=Affected.State.WAITING,
        answer__isnull=False,
    )
    return {item for pair in rows.values_list("item", "account") for item in pair if item in items}
