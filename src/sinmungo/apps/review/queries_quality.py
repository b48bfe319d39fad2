"""How the desk does, on the platforms of whoever asks: numbers of work and of groups, never of a person.

Each query is bounded: by what is open, by the days it looks back (ids sort by time and bound the search),
or by a number of rows, the latest first.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import CharField, Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat, Replace

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Assignment, Case, Outcome, PendingDecision, Queue, SecondReview
from sinmungo.apps.review.queries import visible
from sinmungo.apps.review.queries_second import first_answers, first_id
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import DecisionSource
from sinmungo.core.trust.agreement import Agreement, agreement
from sinmungo.core.trust.intervals import Share, share

#: Ages of what waits, up to so many hours; the last band is everything older.
AGE_BANDS = (1, 4, 24, 72)
DAYS_BACK = timedelta(days=30)
AGREEMENT_BACK = timedelta(days=90)
MOST_SECONDS = 5_000
#: The latest decisions say how people decide now; more of them cost more than they tell.
MOST_DECISIONS = 4_000
#: Seconds of fewer decisions, or of fewer people, might tell of one person.
LEAST_DECISIONS = 5
LEAST_PEOPLE = 3
_SEEN = Permission.SEE_QUALITY


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in a queue: how much in each band of :data:`AGE_BANDS`, how much is late already."""

    queue: Queue
    ages: tuple[int, ...]
    late: int

    @property
    def total(self) -> int:
        """All that waits."""
        return sum(self.ages)


@dataclass(frozen=True, slots=True)
class Due:
    """A piece of work with a promised time; ``code`` is empty for what is no case."""

    code: str
    kind: str
    queue: Queue
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """How many cases came on a day, and how many decisions people made in review."""

    day: date
    arrived: int
    decided: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far two people agree on a policy, or on one factor of it (empty: on whether it is broken)."""

    policy_version: PolicyVersion
    factor: str
    found: Agreement


@dataclass(frozen=True, slots=True)
class Gold:
    """How often gold of a policy was judged right."""

    policy_version: PolicyVersion
    right: Share


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that decisions took, sorted, for one policy (empty: no violation found).

    ``seconds`` is None where so few decisions or people stand behind it that it could tell of one person.
    """

    policy: str
    decisions: int
    seconds: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Acts:
    """Of the latest decisions: how many were made unopened, and how many choices were taken back."""

    unopened: Share
    undone: Share


def zone_of(*, seen_by: User) -> str:
    """Return the time zone in which days are counted: that of the first platform of ``seen_by``."""
    staff.require(seen_by, _SEEN)
    platforms = staff.platforms_where(seen_by, _SEEN)
    rows = Platform.objects.order_by("pk")
    rows = rows if platforms is None else rows.filter(pk__in=platforms)
    return rows.values_list("time_zone", flat=True).first() or "UTC"


def backlog(*, seen_by: User, at: datetime) -> list[Backlog]:
    """Return what waits in each queue by age, the fullest first; cases and appeals, held ones too."""
    edges = [at - timedelta(hours=hours) for hours in AGE_BANDS]
    bands = {"b0": Count("pk", filter=Q(created_at__gt=edges[0]))}
    for place, (newer, older) in enumerate(pairwise(edges), start=1):
        bands[f"b{place}"] = Count("pk", filter=Q(created_at__lte=newer, created_at__gt=older))
    bands[f"b{len(edges)}"] = Count("pk", filter=Q(created_at__lte=edges[-1]))
    counted = _open(seen_by).values("queue_id").annotate(late=Count("pk", filter=Q(due_at__lt=at)), **bands)
    rows: dict[str, dict[str, Any]] = {row["queue_id"]: dict(row) for row in counted}
    found = [
        Backlog(queue, tuple(int(rows[queue.pk][name]) for name in bands), int(rows[queue.pk]["late"]))
        for queue in Queue.objects.filter(pk__in=rows)
    ]
    return sorted(found, key=lambda each: (-each.total, each.queue.pk))


def due_next(*, seen_by: User, limit: int = 8) -> list[Due]:
    """Return the work whose promised time ends first, what is late already included."""
    rows = _open(seen_by).filter(due_at__isnull=False).select_related("queue", "case").order_by("due_at")
    return [
        Due(row.case.code if row.kind == Assignment.Kind.CASE else "", row.kind, row.queue, row.due_at)
        for row in rows[:limit]
        if row.due_at is not None
    ]


def days(*, seen_by: User, at: datetime, count: int = 14) -> list[Day]:
    """Return the last ``count`` days up to today, in the zone of :func:`zone_of`."""
    zone = ZoneInfo(zone_of(seen_by=seen_by))
    today = at.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in reversed(range(count))]
    starts = [datetime.combine(day, time(), zone) for day in [*dates, today + timedelta(days=1)]]
    cases = visible(Case.objects.filter(id__gte=first_id(starts[0])), seen_by, _SEEN, work="assignment__")
    arrived = _by_day(cases, "opened_at", starts)
    decided = _by_day(_decisions(seen_by, starts[0]), "made_at", starts)
    return [Day(*row) for row in zip(dates, arrived, decided, strict=True)]


def _by_day(rows: QuerySet[Case] | QuerySet[Decision], column: str, starts: Sequence[datetime]) -> list[int]:
    counts = {
        f"d{place}": Count("pk", filter=Q(**{f"{column}__gte": begin, f"{column}__lt": end}))
        for place, (begin, end) in enumerate(pairwise(starts))
    }
    found = rows.aggregate(**counts)
    return [found[name] for name in counts]


def agreements(*, seen_by: User, at: datetime) -> list[Agreed]:
    """Return the agreement of first and second looks per policy and per factor, policies by name.

    Whether it is broken comes first, then the policy's questions in the order of their names; each on the
    newest version that was looked at. Gold is left out: nobody decided it first.
    """
    rows = list(
        _answered(seen_by, at).filter(decision__isnull=False).select_related("decision")[:MOST_SECONDS]
    )
    first = first_answers(rows)
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    versions: dict[str, PolicyVersion] = {}
    for row in rows:
        policy = row.policy_version.policy_id
        versions.setdefault(policy, row.policy_version)
        if row.decision is not None:
            pairs[policy, ""].append((str(row.decision.violation), str(row.violation)))
        for factor, answer in first.get(row.pk, {}).items():
            if factor in row.answers:
                pairs[policy, factor].append((answer, row.answers[factor]))
    return [
        Agreed(versions[policy], factor, agreement(units, random=np.random.default_rng(len(units))))
        for (policy, factor), units in sorted(pairs.items())
    ]


def gold_right(*, seen_by: User, at: datetime) -> list[Gold]:
    """Return how often gold was judged right on whether its policy is broken, per policy."""
    rows = _answered(seen_by, at).filter(gold__isnull=False).select_related("gold")[:MOST_SECONDS]
    counted: dict[str, list[bool]] = defaultdict(list)
    versions: dict[str, PolicyVersion] = {}
    for row in rows:
        policy = row.policy_version.policy_id
        versions.setdefault(policy, row.policy_version)
        counted[policy].append(row.gold is not None and row.violation == row.gold.violation)
    return [Gold(versions[policy], share(sum(all_), len(all_))) for policy, all_ in sorted(counted.items())]


def seconds_spent(*, seen_by: User, at: datetime) -> list[Spent]:
    """Return how long whoever decided had the item open, per policy; 0 seconds is not measured.

    A group of fewer than five decisions, or of fewer than three people, tells nothing but its size.
    """
    latest = _latest(seen_by, at)
    rows = Outcome.objects.filter(decision_id__gte=latest, decision__source=DecisionSource.REVIEW)
    rows = visible(rows, seen_by, _SEEN, work="case__assignment__")
    viewer = Replace(Cast("case__assignment__viewings__user_id", CharField()), Value("-"), Value(""))
    rows = rows.filter(decision__made_by=Concat(Value("staff:"), viewer, output_field=CharField()))
    spent = rows.values_list("decision__policy_version__policy_id", "decision__made_by").annotate(
        spent=Sum("case__assignment__viewings__seconds"), of=F("decision_id")
    )
    groups: dict[str, list[int]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for policy, who, seconds, _of in spent:
        if seconds:
            groups[policy or ""].append(seconds)
            people[policy or ""].add(who)
    return [_spent(policy, found, people[policy]) for policy, found in sorted(groups.items())]


def newest_versions(*, policies: Iterable[str]) -> dict[str, PolicyVersion]:
    """Return the newest version of each policy by name."""
    rows = PolicyVersion.objects.filter(policy__in=list(policies)).order_by("loaded_at")
    return {row.policy_id: row for row in rows}


def _spent(policy: str, seconds: list[int], people: set[str]) -> Spent:
    told = len(seconds) >= LEAST_DECISIONS and len(people) >= LEAST_PEOPLE
    return Spent(policy, len(seconds), tuple(sorted(seconds)) if told else None)


def acts(*, seen_by: User, at: datetime) -> Acts:
    """Return the shares of decisions made unopened, and of choices taken back before they were recorded."""
    made = (
        _decisions(seen_by, at - DAYS_BACK)
        .filter(id__gte=_latest(seen_by, at))
        .aggregate(all=Count("pk"), unopened=Count("pk", filter=Q(looked=False)))
    )
    newest = PendingDecision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    chosen = PendingDecision.objects.filter(pk__gt=newest - MOST_DECISIONS, chosen_at__gte=at - DAYS_BACK)
    chosen = visible(chosen, seen_by, _SEEN, work="case__assignment__")
    undone = chosen.aggregate(all=Count("pk"), undone=Count("pk", filter=Q(withdrawn_at__isnull=False)))
    return Acts(share(made["unopened"], made["all"]), share(undone["undone"], undone["all"]))


def _open(seen_by: User) -> QuerySet[Assignment]:
    staff.require(seen_by, _SEEN)
    kinds = (Assignment.Kind.CASE, Assignment.Kind.APPEAL)
    rows = Assignment.objects.filter(kind__in=kinds, done_at__isnull=True)
    return visible(rows, seen_by, _SEEN)


def _decisions(seen_by: User, since: datetime) -> QuerySet[Decision]:
    staff.require(seen_by, _SEEN)
    rows = Decision.objects.filter(id__gte=first_id(since), source=DecisionSource.REVIEW)
    platforms = staff.platforms_where(seen_by, _SEEN)
    return rows if platforms is None else rows.filter(platform__in=platforms)


def _latest(seen_by: User, at: datetime) -> uuid.UUID:
    """Return from which id on decisions are read: the last 30 days, and at most MOST_DECISIONS of them."""
    rows = _decisions(seen_by, at - DAYS_BACK).order_by("-id").values_list("id", flat=True)
    return next(iter(rows[MOST_DECISIONS - 1 : MOST_DECISIONS]), first_id(at - DAYS_BACK))


def _answered(seen_by: User, at: datetime) -> QuerySet[SecondReview]:
    staff.require(seen_by, _SEEN)
    rows = SecondReview.objects.filter(answered_at__gte=at - AGREEMENT_BACK)
    rows = visible(rows, seen_by, _SEEN, work="assignment__").select_related("policy_version")
    return rows.order_by("-answered_at")
