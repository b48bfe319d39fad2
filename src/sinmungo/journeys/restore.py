"""A hundred thousand people are put right, two hundred at a time, and nobody is lost or counted twice.

Each batch is a promise with three stages. First the platform is asked about the accounts; all batches are
asked about before the first is restored, except where a purge is near: those go at once. Then decisions
take the errors back through the one door. At last the platform's own confirmation is read, and what
returned. A process may be killed anywhere: the stage says how far it came, and each may be tried twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from sinmungo.apps.autonomy.models import Restoration, RestorationBatch
from sinmungo.apps.autonomy.services import restoring
from sinmungo.apps.base import clock, promise
from sinmungo.apps.enforcement.models import Delivery
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys.restoring import asking, correcting, late, putting_right, reading_back
from sinmungo.journeys.restoring.platforms import NotTold

#: Batches in one turn of the worker, so that deliveries and whatever else is owed keep their pace.
BATCHES = 3
#: The platform has 10 seconds to answer, the rest of a stage takes about one.
LEASE = timedelta(seconds=30)
#: With so many deliveries due the platform, or the workers, have enough to do.
BEHIND = 1000

Stage = RestorationBatch.Stage
_STAGES: Mapping[str, Callable[[RestorationBatch, datetime], None]] = {
    Stage.ASK: asking.ask,
    Stage.RESTORE: putting_right.put_right,
    Stage.READ_BACK: reading_back.read_back,
}


def keep(*, now: datetime, limit: int) -> int:
    """Take due batches a stage further, and pass due corrections on; returns how many promises were taken.

    What was decided is read back before more is decided, and no more is decided while the platform has
    not taken what was: others wait for their deliveries too.
    """
    most = min(limit, BATCHES)
    taken = _take(Q(stage=Stage.READ_BACK), most, now)
    running = Q(restoration__in=Restoration.objects.filter(state=Restoration.State.RUNNING).values("pk"))
    stages = (Stage.ASK,) if _is_behind(now) else (Stage.ASK, Stage.RESTORE)
    cancelled = Q(restoration__in=Restoration.objects.filter(state=Restoration.State.CANCELLED).values("pk"))
    taken += _take((running & Q(stage__in=stages)) | (cancelled & Q(stage=Stage.RESTORE)), most, now)
    return taken + correcting.keep(now=now, limit=limit) + late.keep(now=now, limit=limit)


def _is_behind(now: datetime) -> bool:
    """Whether more deliveries are due than a turn or two can send."""
    owed = Delivery.objects.filter(done_at__isnull=True, due_at__lte=now)
    return owed[:BEHIND].count() >= BEHIND


def _take(only: Q, most: int, now: datetime) -> int:
    """Take up to ``most`` due batches a stage further, one by one; returns how many there were."""
    for taken in range(most):
        batch = _claimed(only, now)
        if batch is None:
            return taken
        _go_on(batch)
    return most


def _claimed(only: Q, now: datetime) -> RestorationBatch | None:
    """Claim the next batch, for no longer than a stage may take: a killed worker holds it up no longer."""
    for row in promise.claim(RestorationBatch, now=now, limit=1, lease=LEASE, only=only):
        found = RestorationBatch.objects.select_related(
            "restoration__incident", "restoration__platform", "restoration__proposed_by"
        )
        return found.get(pk=row.pk)
    return None


def _go_on(batch: RestorationBatch) -> None:
    """Take one batch through the stage it is in; whatever goes wrong, it stays owed and others go on."""
    now = clock.now()
    try:
        _STAGES[batch.stage](batch, now)
    except NotTold as error:
        if error.wait:
            restoring.wait(batch=batch, until=now + timedelta(seconds=error.wait), why=error.code)
        else:
            promise.failed(batch, now=now, error=error.code)
    except DomainError as error:
        promise.failed(batch, now=now, error=error.code)
    except Exception as error:  # noqa: BLE001 - a batch that fails holds no other up
        promise.failed(batch, now=now, error=type(error).__name__)
