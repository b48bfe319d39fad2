"""Bursts: twenty looks at once when something seems wrong; new acts are held until they are answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from sinmungo.apps.autonomy.models import Act, Audit, Automation, Burst, Epoch
from sinmungo.apps.autonomy.services import laying
from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.core.kernel.words import Level
from sinmungo.core.trust import bursts as rules
from sinmungo.core.trust.breaker import Breaker
from sinmungo.core.trust.bursts import Answers, Bursts, Do

ALONE = frozenset({Level.CANARY, Level.AUTO})
_WINDOW = timedelta(minutes=rules.WINDOW_MINUTES)
_DUE = timedelta(minutes=rules.DUE_MINUTES)
_CALM = timedelta(minutes=rules.COOL_DOWN_MINUTES)
#: Of what was done in the window so many are drawn from at most.
_MOST_IN_WINDOW = 2_000


def tend(*, automation: Automation, epoch: Epoch, breaker: Breaker, at: datetime) -> Burst | None:
    """Open, repeat or end the burst of an automation whose lock is held; return the one that is open.

    One that fell to assist under suspicion is still looked at: what it did before may be a wave that nobody
    has named. Else one that acts no more needs none: what was laid stays laid, and nothing is held for it.
    """
    pending = Burst.objects.filter(automation=automation, done_at=None).first()
    is_watched = automation.level in ALONE or (automation.level == Level.ASSIST and breaker.is_suspicious)
    if not is_watched or (pending is not None and pending.epoch_id != epoch.pk):
        if pending is not None:
            _end(pending, at)
        return None
    move = _bursts(epoch, pending, at).next(breaker, _hours(epoch, at), _answers(pending))
    if pending is not None and move.do is not Do.HOLD:
        _end(pending, at)
        pending = None
    if move.do is Do.OPEN and move.cause is not None:
        return _open(automation, epoch, move.cause, at)
    return pending


def end(*, automation: Automation, at: datetime) -> None:
    """End the burst of an automation, if one is open."""
    for pending in Burst.objects.filter(automation=automation, done_at=None):
        _end(pending, at)


def _bursts(epoch: Epoch, pending: Burst | None, at: datetime) -> Bursts:
    """Return where bursts stand at ``at``, in hours of the epoch: one that ended is followed by a calm hour.

    One that ended in the future, by a clock that was set back since, keeps nobody from looking.
    """
    last = Burst.objects.filter(epoch=epoch, done_at__lte=at).order_by("-done_at").first()
    calm = _hours(epoch, last.done_at + _CALM) if last is not None and last.done_at is not None else None
    return Bursts(_hours(epoch, pending.opened_at) if pending is not None else None, calm)


def _answers(burst: Burst | None) -> Answers | None:
    if burst is None:
        return None
    found = list(Audit.objects.filter(burst=burst, look=1).values_list("wrong", flat=True))
    return Answers(len(found), sum(wrong is not None for wrong in found), sum(map(bool, found)))


def _open(automation: Automation, epoch: Epoch, cause: str, at: datetime) -> Burst | None:
    """Open a burst on acts that nobody has judged; where there are none, there is nothing to look at."""
    acts = _acts(epoch, at)
    if not acts:
        return None
    burst = Burst.objects.create(
        automation=automation, epoch=epoch, cause=cause, opened_at=at, size=len(acts), due_at=at + _DUE
    )
    laying.lay(acts=acts, kind=Audit.Kind.BURST, at=at, burst=burst)
    _write("autonomy.burst.opened", burst, {"cause": str(cause), "size": burst.size}, at)
    return burst


def _end(burst: Burst, at: datetime) -> None:
    answers = _answers(burst) or Answers(0, 0, 0)
    promise.kept([burst], now=at)
    _write("autonomy.burst.ended", burst, {"answered": answers.answered, "wrong": answers.wrong}, at)


def _acts(epoch: Epoch, at: datetime) -> list[Act]:
    """Return twenty random acts of the last three minutes; where they are fewer, the latest twenty."""
    done = Act.objects.filter(epoch=epoch, state=Act.State.ACTED, settled_at__lte=at)
    done = done.exclude(audits__look=1, audits__answered_at__isnull=False)
    done = done.select_related("automation", "verdict", "version__platform").order_by("-settled_at", "-id")
    fresh = list(done.filter(settled_at__gt=at - _WINDOW)[:_MOST_IN_WINDOW])
    if len(fresh) < rules.SIZE:
        return list(done[: rules.SIZE])
    return sorted(fresh, key=lambda act: laying.chance(act.pk, f"burst {at.isoformat()}"))[: rules.SIZE]


def _hours(epoch: Epoch, at: datetime) -> float:
    return (at - epoch.began_at) / timedelta(hours=1)


def _write(kind: str, burst: Burst, facts: dict[str, str | int], at: datetime) -> None:
    told = {"rule": burst.automation.rule, "action": str(burst.automation.action), **facts}
    record([NewEntry(kind, f"automation:{burst.automation_id.hex}", SYSTEM, told)], at=at)
