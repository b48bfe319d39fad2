"""What a person has had before them today and for how long without a break, and a team's totals.

The first is for the person alone. Of a team nothing is told that could be one person's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from sinmungo.apps.review.models import Queue, Reveal, Viewing
from sinmungo.apps.review.queries import APPEALS
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.policy import Severity

#: Whoever looks at nothing for so long has had a break.
BREAK = timedelta(minutes=10)
#: A team's totals are told of so many people at least.
FEWEST_PEOPLE = 3
#: The desk whose cases count as the gravest, whatever else is known of them.
CHILD_SAFETY = "child-safety"
#: A stretch without a break is looked for in so many of the latest viewings.
_LATEST = 200
_GRAVE = frozenset({str(Severity.HIGH), str(Severity.CRITICAL)})


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much somebody has looked at since a moment; ``grave`` cases are of high or critical severity."""

    cases: int
    grave: int
    pictures: int
    seconds: int


@dataclass(frozen=True, slots=True)
class TeamExposure:
    """The same of a team of at least three people, summed."""

    people: int
    total: Exposure


def is_grave(explained: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a case's ``priority_explained`` says that it is of high or critical severity."""
    return any(part["label"] == "severity" and str(part["value"]) in _GRAVE for part in explained)


def is_gravest(explained: Iterable[Mapping[str, Any]], queue: str) -> bool:
    """Return whether a case is of critical severity, or waits for the desk of child safety."""
    return queue == CHILD_SAFETY or any(
        part["label"] == "severity" and part["value"] == str(Severity.CRITICAL) for part in explained
    )


def queues_of(*, user: User) -> list[Queue]:
    """Return the queues of cases that ``user`` could meet, those that they refused among them."""
    staff.require(user, Permission.SEE_QUEUES)
    mine = staff.queues_where(user, Permission.SEE_QUEUES)
    rows = Queue.objects.exclude(slug=APPEALS).order_by("-weight", "slug")
    return list(rows if mine is None else rows.filter(slug__in=mine))


def exposure_of(*, user: User, since: datetime) -> Exposure:
    """Return what ``user`` has looked at since a moment; for that person's own page."""
    return _summed(
        Viewing.objects.filter(user=user, shown_at__gte=since),
        Reveal.objects.filter(user=user, at__gte=since),
    )


def minutes_without_break(*, user: User, at: datetime) -> int:
    """Return for how many minutes ``user`` has had cases before them without ten minutes of anything else.

    A viewing reaches from when it was opened as far as the page was in front. One that is opened again
    within half an hour goes on, so the true stretch may be somewhat longer, never shorter.
    """
    begins, last = at, None
    rows = Viewing.objects.filter(user=user).order_by("-pk")[:_LATEST]
    latest = sorted(rows.values_list("shown_at", "seconds"), reverse=True)
    for shown_at, seconds in latest:
        ends = min(shown_at + timedelta(seconds=seconds), at)
        if begins - ends >= BREAK:
            break
        begins, last = min(begins, shown_at), max(last or ends, ends)
    return int((last - begins).total_seconds() // 60) if last else 0


def exposure_totals(*, seen_by: User, since: datetime) -> TeamExposure | None:
    """Return what everybody together has looked at on the platforms whose quality ``seen_by`` sees.

    None when fewer than three people looked at anything. Raises RoleLacks.
    """
    staff.require(seen_by, Permission.SEE_QUALITY)
    platforms = staff.platforms_where(seen_by, Permission.SEE_QUALITY)
    here = Q() if platforms is None else Q(item__platform__in=platforms)
    viewings = Viewing.objects.filter(here, shown_at__gte=since)
    people = viewings.values("user").distinct().count()
    if people < FEWEST_PEOPLE:
        return None
    return TeamExposure(people, _summed(viewings, Reveal.objects.filter(here, at__gte=since)))


def _summed(viewings: QuerySet[Viewing], reveals: QuerySet[Reveal]) -> Exposure:
    """Count each item once a person, however often it was opened."""
    rows = viewings.values_list("user", "item", "seconds", "assignment__priority_explained")
    seconds = 0
    items: dict[tuple[object, object], bool] = {}
    for user, item, shown, explained in rows:
        seconds += shown
        items[user, item] = items.get((user, item), False) or is_grave(explained or ())
    pictures = reveals.values("user", "version", "place").distinct().count()
    return Exposure(cases=len(items), grave=sum(items.values()), pictures=pictures, seconds=seconds)
