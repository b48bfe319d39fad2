"""What waits: in which queue, how much, and what to look at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, JSONField, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from sinmungo.apps.base import clock
from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.intake.models import Report
from sinmungo.apps.review.models import Assignment, Case, FactorAnswer, Queue
from sinmungo.apps.review.queries.seeing import APPEALS, visible, wanted
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

_BY_PRIORITY = ("-priority", "id")


@dataclass(frozen=True, slots=True)
class QueueCount:
    """A queue, how many cases wait in it for anybody, and since when the oldest does."""

    queue: Queue
    waiting: int
    held: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which of the waiting cases are asked for; what is left empty asks for all.

    ``policy`` is one that a rule matched or that somebody answered questions of; ``language`` what the
    platform told of the text; ``mine`` is what the asker was given or has in hand, ``unassigned`` what
    nobody was given or has. ``snoozed`` asks for what was put off, which is left out otherwise.
    ``older_than`` counts from when a case was opened.
    """

    queue: str = ""
    platform: str = ""
    policy: str = ""
    language: str = ""
    mine: bool = False
    unassigned: bool = False
    snoozed: bool = False
    reported: bool = False
    picture: bool = False
    overdue: bool = False
    older_than: timedelta | None = None


def queue_counts(*, seen_by: User, at: datetime) -> list[QueueCount]:
    """Return the queues of cases that ``seen_by`` works in, with what waits on their platforms.

    What was put off is not counted; queues they refused are left out.
    """
    staff.require(seen_by, Permission.SEE_QUEUES)
    open_cases = wanted(visible(_awake(_open_cases(), at), seen_by, Permission.SEE_QUEUES), seen_by)
    in_hand = Q(held_until__gt=at)
    rows = open_cases.values("queue_id").annotate(
        waiting=Count("pk", filter=~in_hand | Q(held_until__isnull=True)),
        held=Count("pk", filter=in_hand),
        oldest=Min("created_at"),
    )
    counted = {row["queue_id"]: row for row in rows}
    return [
        QueueCount(queue, row["waiting"], row["held"], row["oldest"])
        if (row := counted.get(queue.slug))
        else QueueCount(queue, 0, 0, None)
        for queue in _queues_of(seen_by)
    ]


def waiting_cases(
    *,
    seen_by: User,
    filters: Filters = Filters(),
    limit: int = 25,
    after: str = "",
    at: datetime | None = None,
) -> Page[Assignment]:
    """Return open cases that a person may work on, the first to look at first; ``.case`` is loaded.

    Left out are cases that they are barred from, those of queues they refused, and what was put off.
    """
    staff.require(seen_by, Permission.SEE_CASES)
    at = at or clock.now()
    rows = _open_cases().exclude(barred=seen_by).exclude(barred_too=seen_by)
    rows = wanted(visible(rows, seen_by, Permission.SEE_CASES), seen_by)
    rows = _about(_of_whom(rows, filters, seen_by, at), filters)
    rows = rows.filter(snoozed_until__gt=at) if filters.snoozed else _awake(rows, at)
    if filters.overdue:
        rows = rows.filter(due_at__lt=at)
    if filters.older_than is not None:
        rows = rows.filter(created_at__lte=at - filters.older_than)
    rows = rows.select_related(
        "case__item__author", "case__version", "case__verdict", "queue", "platform", "holder", "assignee"
    )
    return page(rows, order=_BY_PRIORITY, after=after, limit=limit)


def waiting_approvals(*, seen_by: User, limit: int = 25, after: str = "") -> Page[Assignment]:
    """Return what waits for a second person and may be ``seen_by``; ``.approval`` is loaded."""
    staff.require(seen_by, Permission.APPROVE)
    rows = Assignment.objects.filter(kind=Assignment.Kind.APPROVAL, done_at__isnull=True)
    rows = visible(rows, seen_by, Permission.APPROVE)
    rows = rows.select_related("approval__case__item", "approval__proposed_by", "queue", "platform", "holder")
    return page(rows, order=_BY_PRIORITY, after=after, limit=limit)


def _queues_of(user: User) -> list[Queue]:
    queues = Queue.objects.exclude(slug=APPEALS).exclude(slug__in=staff.refused_queues(user))
    within = staff.queues_where(user, Permission.SEE_QUEUES)
    if within is not None:
        queues = queues.filter(slug__in=within)
    return list(queues.order_by("-weight", "slug"))


def _open_cases() -> QuerySet[Assignment]:
    kind = Assignment.Kind.CASE
    return Assignment.objects.filter(kind=kind, done_at__isnull=True, case__state=Case.State.OPEN)


def _awake(rows: QuerySet[Assignment], at: datetime) -> QuerySet[Assignment]:
    return rows.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=at))


def _of_whom(rows: QuerySet[Assignment], filters: Filters, user: User, at: datetime) -> QuerySet[Assignment]:
    if filters.queue:
        rows = rows.filter(queue=filters.queue)
    if filters.platform:
        rows = rows.filter(platform=filters.platform)
    if filters.mine:
        rows = rows.filter(Q(assignee=user) | Q(holder=user, held_until__gt=at))
    if filters.unassigned:
        in_hand = Q(held_until__isnull=False, held_until__gt=at)
        rows = rows.filter(assignee__isnull=True).exclude(in_hand)
    return rows


def _about(rows: QuerySet[Assignment], filters: Filters) -> QuerySet[Assignment]:
    if filters.policy:
        rows = rows.filter(_of_policy(filters.policy))
    told = Cast("case__version__attributes", JSONField())
    if filters.language:
        rows = rows.annotate(told=told).filter(told__lang=filters.language)
    if filters.picture:
        rows = rows.annotate(told=told).filter(told__media__0__isnull=False)
    if filters.reported:
        open_reports = Report.objects.filter(item=OuterRef("case__item"), outcome=Report.Outcome.OPEN)
        rows = rows.filter(Exists(open_reports))
    return rows


def _of_policy(policy: str) -> Q:
    """Whether a rule of the policy stands in the verdict, or a question of it was answered."""
    named = [f'"policy":{gap}"{policy}"' for gap in ("", " ")]
    matched = Q(case__verdict__document__contains=named[0]) | Q(case__verdict__document__contains=named[1])
    return matched | Q(Exists(FactorAnswer.objects.filter(case=OuterRef("case__pk"), policy=policy)))
