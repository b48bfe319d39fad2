"""How much an automation wants to do, against what is usual: a reason to look, never to demote."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Sum

from sinmungo.apps.autonomy.models import Automation, DetectorState, Epoch, Factor, HourCount
from sinmungo.apps.autonomy.queries import acting
from sinmungo.apps.autonomy.services import evidence
from sinmungo.apps.autonomy.weighing import RATE

#: What is usual is known after so long.
KNOWN_AFTER = timedelta(days=1)
#: So few acts an hour are always usual.
LEAST_USUAL = 5.0
#: One count an automation enters at most in so long.
EVERY = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def enter_counts(*, automation: Automation, epoch: Epoch, at: datetime) -> DetectorState | None:
    """Let what an automation wanted to do since the last count enter the rate stream of its epoch.

    Each hour's acts enter once, those of the hour before first; a quiet time enters with the next acts. None
    where nothing entered: it is too soon, nothing was wanted, or nobody knows yet what is usual.
    """
    if at - automation.made_at < KNOWN_AFTER:
        return None
    entered = Factor.objects.filter(epoch=epoch, stream=RATE)
    last = entered.order_by("-seq").values_list("at", flat=True).first()
    since = last or epoch.began_at
    if since > at:  # by a clock that was set back since
        since = acting.hour_of(at)
    if at - since < EVERY:
        return None
    state = None
    now = acting.hour_of(at)
    for hour in (now - _HOUR, now):
        if hour >= epoch.began_at:
            state = _enter_hour(automation, epoch, hour, since, at) or state
    return state


def _enter_hour(
    automation: Automation, epoch: Epoch, hour: datetime, since: datetime, at: datetime
) -> DetectorState | None:
    named = int(hour.timestamp()) // 3600
    entered = Factor.objects.filter(epoch=epoch, stream=RATE, terms__hour=float(named))
    before = entered.aggregate(x=Sum("x"))["x"] or 0.0
    counted = HourCount.objects.filter(automation=automation, hour=hour).first()
    new = (counted.wanted if counted else 0) - before
    begins, ends = max(since, hour), min(at, hour + _HOUR)
    if new <= 0 or ends <= begins:
        return None
    usual = max(acting.usual(automation, at=hour), LEAST_USUAL)
    return evidence.enter(
        epoch=epoch,
        stream=RATE,
        x=float(new),
        terms={"expected": usual * ((ends - begins) / _HOUR), "hour": float(named)},
        source=f"{named}-{entered.count()}",
        at=at,
    )
