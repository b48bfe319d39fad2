"""The watch over automations: what was drawn is laid before people, and each stands where evidence puts it.

Labels judge an automation the moment they come (``services.audits``, ``journeys.appeal``). Here is what
only time brings: acts that were drawn, more acts than is usual, bursts that were answered, labels that
stay away, evidence that grows old. Looking twice changes nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from sinmungo.apps.autonomy.models import Act, Audit, Automation
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.services import audits, evidence, rates, watching
from sinmungo.apps.items.models import Platform

#: What was drawn so long ago and never laid is laid no more: its label would speak of another time.
LAID_WITHIN = timedelta(days=2)
#: Acts of so long before the last look are looked at again: commits may come late.
_OVERLAP = timedelta(minutes=10)
#: So often what acts alone is looked at, and so often everything else: labels make it sooner.
EVERY = timedelta(seconds=20)
SELDOM = timedelta(minutes=5)

log = logging.getLogger(__name__)
_looked_at: datetime | None = None
_looked_at_all: datetime | None = None
_laid_until: datetime | None = None


def keep(*, now: datetime, limit: int) -> int:
    """Lay what was drawn, and every twenty seconds judge what acts alone; returns how much was laid."""
    global _looked_at, _looked_at_all
    laid = _lay(now, limit)
    if _has_passed(EVERY, _looked_at, now):
        is_all = _has_passed(SELDOM, _looked_at_all, now)
        _looked_at, _looked_at_all = now, now if is_all else _looked_at_all
        look(now=now, only_alone=not is_all)
    return laid


def look(*, now: datetime, only_alone: bool = False) -> None:
    """Judge every automation that is not stopped, and each platform as a whole.

    One that fails never keeps the others from being looked at.
    """
    for automation in queries.running(only_alone=only_alone):
        try:
            _look(automation, now)
        except Exception:  # whatever went wrong, the others are watched
            log.exception("an automation could not be judged")
    for platform in Platform.objects.filter(pk__in=queries.platforms_with_trips()):
        watching.judge_platform(platform=platform, at=now)


def _has_passed(time: timedelta, since: datetime | None, now: datetime) -> bool:
    return since is None or not timedelta(0) <= now - since < time


def _look(automation: Automation, now: datetime) -> None:
    with transaction.atomic():
        held = evidence.hold(automation.pk)
        epoch = queries.epoch_now(held)
        if epoch is not None:
            rates.enter_counts(automation=held, epoch=epoch, at=now)
        watching.judge(automation=held, at=now)


def _lay(now: datetime, limit: int) -> int:
    """Lay acts that were drawn in epochs that go on, the longest settled first."""
    global _laid_until
    drawn = Act.objects.filter(
        automation__in=[automation.pk for automation in queries.running()],
        drawn=True,
        epoch__ended_at=None,
        settled_at__gt=_since(now),
        settled_at__lte=now,
        audits=None,
    )
    drawn = drawn.select_related("automation", "verdict", "version__platform").order_by("settled_at", "pk")
    found = list(drawn[:limit])
    laid = sum(_laid(act, now) for act in found)
    _laid_until = found[-1].settled_at if len(found) == limit and found else now
    return laid


def _since(now: datetime) -> datetime:
    """Return since when acts are looked at: at first all that may be laid, then what is new."""
    earliest = now - LAID_WITHIN
    if _laid_until is None or _laid_until > now:  # a clock that was set back
        return earliest
    return max(earliest, _laid_until - _OVERLAP)


def _laid(act: Act, now: datetime) -> int:
    try:
        return len(audits.lay(acts=[act], kind=Audit.Kind.RANDOM, at=now))
    except Exception:  # one act that cannot be laid keeps no other back
        log.exception("an act could not be laid")
        return 0
