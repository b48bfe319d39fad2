"""Gold laid among audits: which can be laid, what it taught, how often auditors err."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from sinmungo.apps.autonomy.models import Audit
from sinmungo.apps.review import queries_second as seconds
from sinmungo.apps.review.models import GoldItem
from sinmungo.apps.staff.models import User

#: Auditors are measured by what they answered over so long.
MEASURED_OVER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class AuditorError:
    """How often gold was judged otherwise than it is, in both directions.

    ``wrongly_wrong`` of ``violations`` were called wrong although the rule would have been right;
    ``wrongly_right`` of ``harmless`` the other way about.
    """

    violations: int
    wrongly_wrong: int
    harmless: int
    wrongly_right: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an auditor of gold is told after they answered."""

    was_right: bool
    violation: bool
    why: str


def to_lay(*, platform: str) -> list[GoldItem]:
    """Return the live gold of a platform that waits for no answer already, by age."""
    waits = set(
        Audit.objects.filter(gold__isnull=False, answered_at__isnull=True, platform=platform).values_list(
            "gold", flat=True
        )
    )
    return [gold for gold in seconds.gold_to_lay(platform=platform) if gold.pk not in waits]


def known_to(user: User) -> QuerySet[Audit, uuid.UUID | None]:
    """Return the gold whose answers ``user`` has been told: they are not asked about it again."""
    return Audit.objects.filter(auditor=user, gold__isnull=False).values_list("gold", flat=True)


def not_known_to(rows: QuerySet[Audit], user: User) -> QuerySet[Audit]:
    """Return those of ``rows`` that are no gold which ``user`` made or answered before."""
    answered = Audit.objects.filter(auditor=user, gold=OuterRef("gold"), answered_at__isnull=False)
    return rows.filter(~Exists(answered))


def auditor_error(*, platform: str, at: datetime) -> AuditorError:
    """Return how auditors of a platform judged gold in the last 90 days."""
    rows = Audit.objects.filter(
        platform=platform, gold__isnull=False, answered_at__gt=at - MEASURED_OVER, answered_at__lte=at
    )
    found = list(rows.values_list("gold__violation", "wrong"))
    right = [wrong for violation, wrong in found if violation]
    harmless = [wrong for violation, wrong in found if not violation]
    return AuditorError(
        len(right), sum(map(bool, right)), len(harmless), len(harmless) - sum(map(bool, harmless))
    )


def lesson(audit: Audit) -> Lesson | None:
    """Return what answered gold teaches; None of anything else, and before it was answered."""
    if audit.gold is None or audit.answered_at is None:
        return None
    return Lesson(audit.wrong != audit.gold.violation, audit.gold.violation, audit.gold.why)
