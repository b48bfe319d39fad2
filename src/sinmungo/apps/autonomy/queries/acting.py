"""What is read to settle acts: what is usual, what room an hour has left, who is sheltered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count

from sinmungo.apps.autonomy.models import Act, Automation, HourCount, Shelter
from sinmungo.apps.items.models import Platform
from sinmungo.core.kernel.words import Level
from sinmungo.core.policy import ACTING

#: Without a cap of its own an automation does so much more than is usual (dueprocess B6), and never less
#: than this: where little happens, half more of it is nothing.
OVER_USUAL = 1.5
LEAST_CAP = 20
#: The same hour of so many weeks before tells what is usual.
WEEKS = 4
DAY = timedelta(days=1)
#: An hour that has begun just now is not measured yet.
_SHORTEST = 1 / 12
_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour of ``at``."""
    return at.replace(minute=0, second=0, microsecond=0)


def usual(automation: Automation, *, at: datetime) -> float:
    """Return how many acts it usually wants in this hour of the week.

    That is the mean over the last four weeks; where there is none yet, over the hours of the last week
    since it began. 0 when nothing is known.
    """
    this = hour_of(at)
    hours = [this - back * _WEEK for back in range(1, WEEKS + 1)]
    known = [hour for hour in hours if hour >= automation.made_at]
    rows = HourCount.objects.filter(automation=automation)
    if known:
        wanted = rows.filter(hour__in=known).values_list("wanted", flat=True)
        return sum(wanted) / len(known)
    since = max(this - _WEEK, hour_of(automation.made_at))
    wanted = rows.filter(hour__gte=since, hour__lt=this).values_list("wanted", flat=True)
    return sum(wanted) / max((this - since) / _HOUR, 1.0)


def cap(automation: Automation, *, at: datetime) -> int:
    """Return how many acts it may do in the hour of ``at``."""
    if automation.hourly_cap is not None:
        return automation.hourly_cap
    return max(LEAST_CAP, int(OVER_USUAL * usual(automation, at=at)))


def room(automation: Automation, *, at: datetime) -> int:
    """Return how many more acts it may do in the hour of ``at``; exact while its row is locked."""
    rows = HourCount.objects.filter(automation=automation, hour=hour_of(at))
    done = rows.values_list("acted", flat=True).first() or 0
    return max(cap(automation, at=at) - done, 0)


def sheltered(accounts: Iterable[uuid.UUID | None], *, at: datetime) -> frozenset[uuid.UUID]:
    """Return those of ``accounts`` about which only people decide for now."""
    asked = {account for account in accounts if account is not None}
    if not asked:
        return frozenset()
    rows = Shelter.objects.filter(account__in=asked, until__gt=at)
    return frozenset(rows.values_list("account_id", flat=True))


def acts_per_hour(automation: Automation, *, at: datetime) -> float:
    """Return how many acts an hour to expect: as usual, as in the last hour, or as in this one so far.

    The most of the three, because a surge must not be audited more thinly than it comes.
    """
    this = hour_of(at)
    rows = HourCount.objects.filter(automation=automation, hour__in=[this, this - _HOUR])
    wanted = dict(rows.values_list("hour", "wanted"))
    so_far = max((at - this) / _HOUR, _SHORTEST)
    return max(usual(automation, at=at), wanted.get(this - _HOUR, 0), wanted.get(this, 0) / so_far, 0.0)


def drawn(automation: Automation, *, at: datetime) -> int:
    """Return how many acts of the last hour are audited."""
    rows = Act.objects.filter(automation=automation, settled_at__gt=at - _HOUR, settled_at__lte=at)
    return rows.filter(drawn=True).count()


def mix(automation: Automation, *, at: datetime) -> dict[tuple[str, str], int]:
    """Return how many acts of the last day were of each stratum and cluster."""
    rows = Act.objects.filter(automation=automation, settled_at__gt=at - DAY, settled_at__lte=at)
    counted = rows.order_by().values_list("stratum", "cluster").annotate(Count("pk"))
    return {(stratum, cluster): count for stratum, cluster, count in counted}


def active(platform: Platform, *, at: datetime) -> tuple[int, int]:
    """Return how many automations of a platform act by themselves, and how many others were asked of late."""
    rows = Automation.objects.filter(platform=platform)
    acting = rows.filter(level__in=ACTING).count()
    asked = HourCount.objects.filter(automation__platform=platform, hour__gt=at - DAY, wanted__gt=0)
    others = asked.exclude(automation__level__in=[*ACTING, Level.SUSPENDED])
    return acting, others.values("automation").distinct().count()


def not_audited(platform: Platform, *, at: datetime) -> int:
    """Return how many acts of the last two days were done, drawn, and not yet answered by an auditor."""
    drawn = Act.objects.filter(
        automation__platform=platform, drawn=True, state=Act.State.ACTED, settled_at__gt=at - 2 * DAY
    )
    return drawn.exclude(audits__answered_at__isnull=False).count()
