"""How long a restoration still takes: at the pace of the platform's own confirmations, and no sooner than
what is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, Max, Min, OuterRef, Q

from sinmungo.apps.autonomy.models import Affected, Restoration, RestorationBatch
from sinmungo.apps.autonomy.queries import restorable
from sinmungo.apps.base import promise
from sinmungo.apps.enforcement.models import Delivery

#: The pace is that of the last minute: what is slow now is not made up for by a fast beginning.
PACE_OVER = timedelta(seconds=60)
#: A delivery is answered within about ten seconds. One that was claimed longer ago is the claim of a killed
#: worker, and nobody takes it up before the claim ends.
LOST_AFTER = timedelta(seconds=15)
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
    waiting = Affected.objects.filter(incident=restoration.incident_id, state=Affected.State.WAITING)
    decided = waiting.filter(answer__isnull=False)
    about = Q(Exists(decided.filter(account=OuterRef("item")))) | Q(
        Exists(decided.filter(item=OuterRef("item")))
    )
    is_lost = Q(claimed_until__gt=at, claimed_until__lte=at + promise.LEASE - LOST_AFTER)
    owed = Delivery.objects.filter(about, done_at__isnull=True).aggregate(
        failed=Max("due_at"), lost=Max("claimed_until", filter=is_lost)
    )
    return _Tries(batches.aggregate(last=Max("due_at"))["last"], owed["failed"], owed["lost"])
