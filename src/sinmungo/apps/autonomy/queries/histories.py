"""What pages read of automations over time: where each stands, how it came there, what was looked at."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, QuerySet, Sum

from sinmungo.apps.autonomy import weighing
from sinmungo.apps.autonomy.errors import NoSuchAutomation
from sinmungo.apps.autonomy.models import (
    Affected,
    Audit,
    Automation,
    Burst,
    DetectorState,
    Epoch,
    Factor,
    HourCount,
    Incident,
    LevelChange,
    Restoration,
    Shift,
)
from sinmungo.apps.autonomy.queries import evidence, restorable
from sinmungo.apps.autonomy.weighing import Weighed
from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.replay import LoggedFactor
from sinmungo.core.trust.replay import standing as standing_of

#: How far back "an hour" of audits is counted in a list: long enough for a night to even out.
RECENT = timedelta(hours=24)
#: Answered audits that are counted into hours; more are not drawn.
MOST_ANSWERED = 50_000
#: Factors of an epoch that are weighed again to be drawn; a longer log is for the command line.
MOST_WALKED = 20_000
#: Moments at which the bound is drawn: finding it takes far longer than weighing a label.
BOUNDS = 150
#: Automations of a list, all platforms of a reader together.
MOST_AUTOMATIONS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an automation stands: its epoch, what its evidence comes to, how many audits were answered.

    ``answered`` counts the random audits of the last 24 hours, ``waiting`` those that nobody answered yet.
    """

    automation: Automation
    epoch: Epoch | None
    state: DetectorState | None
    changed: LevelChange | None
    answered: int
    waiting: int
    is_burst: bool

    @property
    def per_hour(self) -> float:
        """Random audits answered an hour, over the last 24 hours."""
        return self.answered / (RECENT.total_seconds() / 3600)


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of an automation: what its rule wanted, what it did, and how many audits were answered."""

    begins: datetime
    wanted: int
    acted: int
    answered: int


@dataclass(frozen=True, slots=True)
class Course:
    """How an epoch's evidence came to be, in hours since the epoch began.

    ``detector`` pairs hours with R after each label, ``bounds`` hours with the lower bound on precision, at
    up to :data:`BOUNDS` of them. ``is_too_long`` says that the log is too long to be drawn.
    """

    detector: tuple[tuple[float, float], ...] = ()
    bounds: tuple[tuple[float, float], ...] = ()
    is_too_long: bool = False


def standings(*, seen_by: User, at: datetime) -> list[Standing]:
    """Return where every automation stands that ``seen_by`` may see, by platform and rule."""
    staff.require(seen_by, Permission.SEE_AUTOMATIONS)
    rows = _visible(seen_by).select_related("platform").order_by("platform", "policy", "rule", "action")
    return _standings(list(rows[:MOST_AUTOMATIONS]), at)


def standing(automation: uuid.UUID, *, seen_by: User, at: datetime) -> Standing:
    """Return where one automation stands; raises NoSuchAutomation for what the reader may not see."""
    found = _visible(seen_by).select_related("platform").filter(pk=automation).first()
    if found is None:
        raise NoSuchAutomation
    return _standings([found], at)[0]


def _visible(user: User) -> QuerySet[Automation]:
    mine = staff.platforms_where(user, Permission.SEE_AUTOMATIONS)
    rows = Automation.objects.all()
    return rows if mine is None else rows.filter(platform__in=mine)


def _standings(rows: Sequence[Automation], at: datetime) -> list[Standing]:
    wanted = [row.pk for row in rows]
    epochs = {each.automation_id: each for each in _epochs_now(wanted)}
    states = DetectorState.objects.in_bulk([epoch.pk for epoch in epochs.values()])
    changes = _last_changes(wanted)
    random = Audit.objects.filter(act__automation__in=wanted, kind=Audit.Kind.RANDOM, look=1)
    answered = _counts(random.filter(answered_at__gt=at - RECENT))
    waiting = _counts(random.filter(answered_at__isnull=True))
    bursts = set(
        Burst.objects.filter(automation__in=wanted, done_at__isnull=True).values_list("automation", flat=True)
    )
    return [
        Standing(
            automation=row,
            epoch=(epoch := epochs.get(row.pk)),
            state=states.get(epoch.pk) if epoch else None,
            changed=changes.get(row.pk),
            answered=answered[row.pk],
            waiting=waiting[row.pk],
            is_burst=row.pk in bursts,
        )
        for row in rows
    ]


def _epochs_now(automations: Sequence[uuid.UUID]) -> QuerySet[Epoch]:
    return Epoch.objects.filter(automation__in=automations, ended_at__isnull=True)


def _last_changes(automations: Sequence[uuid.UUID]) -> dict[uuid.UUID, LevelChange]:
    newest = (
        LevelChange.objects.filter(automation__in=automations).values("automation").annotate(id=Max("pk"))
    )
    rows = LevelChange.objects.filter(pk__in=[row["id"] for row in newest])
    return {row.automation_id: row for row in rows}


def _counts(audits: QuerySet[Audit]) -> Counter[uuid.UUID]:
    rows = audits.order_by().values_list("act__automation").annotate(n=Count("pk"))
    return Counter(dict(rows))


def changes(automation: Automation, *, limit: int = 30) -> list[LevelChange]:
    """Return the latest changes of an automation's level, the newest first."""
    rows = LevelChange.objects.filter(automation=automation).select_related("epoch")
    return list(rows.order_by("-pk")[:limit])


def epochs(automation: Automation, *, limit: int = 20) -> list[Epoch]:
    """Return an automation's epochs, the newest first; ``state`` is loaded where there is one."""
    rows = Epoch.objects.filter(automation=automation).select_related("state")
    return list(rows.order_by("-number")[:limit])


def factors(epoch: Epoch, *, after: str = "", limit: int = 50) -> Page[Factor]:
    """Return the factors of an epoch, the latest first."""
    return page(Factor.objects.filter(epoch=epoch), order=("-seq",), after=after, limit=limit)


def course(epoch: Epoch, state: DetectorState | None) -> Course:
    """Return how the state of an epoch came to be, by weighing its log again as a third party would."""
    if state is None or not state.seq:
        return Course()
    if state.seq > MOST_WALKED:
        return Course(is_too_long=True)
    settings = Weighed.from_document(state.document).breaker.settings
    alpha, every = evidence.alpha_of(epoch), max(state.seq // BOUNDS, 1)
    detector, bounds = [], []
    for number, weighed in enumerate(_steps(settings, evidence.logged(epoch)), 1):
        detector.append((weighed.at, weighed.breaker.r))
        if number % every == 0:
            bounds.append((weighed.at, weighed.bound(alpha)))
    if detector and (not bounds or bounds[-1][0] < detector[-1][0]):
        bounds.append((weighed.at, weighed.bound(alpha)))
    return Course(tuple(detector), tuple(bounds))


def _steps(settings: Settings, log: Iterator[LoggedFactor]) -> Iterator[Weighed]:
    """Yield the state after each factor, each as it was last corrected."""
    state = weighing.begin(settings)
    for factor in standing_of(log):
        state = state.after(factor)
        yield state


def hours(automation: Automation, *, at: datetime, count: int) -> list[Hour]:
    """Return the last ``count`` hours of an automation, the oldest first; the last one is not over."""
    this = at.replace(minute=0, second=0, microsecond=0)
    begins = [this - timedelta(hours=back) for back in range(count - 1, -1, -1)]
    done = {row.hour: row for row in HourCount.objects.filter(automation=automation, hour__gte=begins[0])}
    audits = Audit.objects.filter(act__automation=automation, look=1, answered_at__gte=begins[0])
    moments = audits.exclude(kind=Audit.Kind.RESTORATION).order_by("-answered_at")
    answered = Counter(
        moment.replace(minute=0, second=0, microsecond=0)
        for moment in moments.values_list("answered_at", flat=True)[:MOST_ANSWERED]
        if moment is not None
    )
    return [_hour(each, done.get(each), answered[each]) for each in begins]


def _hour(begins: datetime, row: HourCount | None, answered: int) -> Hour:
    return Hour(begins, row.wanted if row else 0, row.acted if row else 0, answered)


def acts_per_hour(automations: Sequence[uuid.UUID], *, at: datetime, days: int = 7) -> dict[uuid.UUID, float]:
    """Return how many acts an hour each wanted, over the hours of the last ``days`` that are over.

    It counts from the first of these hours in which something was wanted; who wanted nothing is left out.
    """
    until = at.replace(minute=0, second=0, microsecond=0)
    rows = HourCount.objects.filter(
        automation__in=automations, hour__gte=until - timedelta(days=days), hour__lt=until, wanted__gt=0
    )
    found = rows.order_by().values_list("automation").annotate(total=Sum("wanted"), first=Min("hour"))
    return {key: total / ((until - first).total_seconds() / 3600) for key, total, first in found}


def audits_overdue(*, seen_by: User, at: datetime) -> int:
    """Return how many audits on the platforms of ``seen_by`` are past their time and not answered."""
    mine = staff.platforms_where(seen_by, Permission.SEE_AUTOMATIONS)
    rows = Audit.objects.filter(answered_at__isnull=True, assignment__due_at__lt=at)
    rows = rows.filter(assignment__done_at__isnull=True)
    return (rows if mine is None else rows.filter(platform__in=mine)).count()


def platforms(*, seen_by: User) -> list[Platform]:
    """Return the platforms whose automations ``seen_by`` may see, by slug; raises RoleLacks for none."""
    staff.require(seen_by, Permission.SEE_AUTOMATIONS)
    mine = staff.platforms_where(seen_by, Permission.SEE_AUTOMATIONS)
    return [each for each in items.platforms() if mine is None or each.pk in mine]


def shifts(platform: Platform) -> list[Shift]:
    """Return a platform's week of shifts, Monday first."""
    return list(Shift.objects.filter(platform=platform).order_by("weekday", "begins", "pk"))


def is_suspended(automation: uuid.UUID) -> bool:
    """Return whether an automation is suspended now."""
    return Automation.objects.filter(pk=automation, level=Level.SUSPENDED).exists()


def incident_of(epoch: uuid.UUID) -> Incident | None:
    """Return the latest incident that an epoch's trip opened."""
    return Incident.objects.filter(epoch=epoch).order_by("-opened_at").first()


def of_platform(platform: str) -> list[Automation]:
    """Return every automation of a platform, by rule."""
    rows = Automation.objects.filter(platform=platform).select_related("platform")
    return list(rows.order_by("policy", "rule", "action")[:MOST_AUTOMATIONS])


def by_ids(automations: Sequence[uuid.UUID]) -> list[Automation]:
    """Return those of the automations that exist, by rule."""
    rows = Automation.objects.filter(pk__in=automations).select_related("platform")
    return list(rows.order_by("policy", "rule", "action"))


def not_returned(restoration: Restoration, *, after: str = "", limit: int = 50) -> Page[Affected]:
    """Return those whose account did not get everything back, by place."""
    rows = restorable.chosen_by(restoration).filter(record__missing__gt=0)
    return page(rows.select_related("decision", "record"), order=("place",), after=after, limit=limit)
