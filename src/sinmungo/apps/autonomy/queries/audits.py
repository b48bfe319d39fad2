"""What auditors read: what waits for them, and each item as it was, with nothing of what was done."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from sinmungo.apps.autonomy.errors_audits import NotInSample
from sinmungo.apps.autonomy.models import Audit
from sinmungo.apps.autonomy.queries import gold
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.queries import visible, wanted
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.policy import Factor

_OF_AN_AUDIT = (
    "act__automation",
    "act__epoch",
    "assignment__queue",
    "assignment__holder",
    "burst",
    "gold",
    "platform",
    "version__item__platform",
    "version__item__author",
    "policy_version",
)
_IN_LINE = ("-assignment__priority", "id")


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One audit as its page shows it: the item as it was at ``until``, the policy, and its questions.

    ``work`` and ``work_version`` name the assignment; ``is_urgent`` says that acts are held until it is
    answered. Nothing here tells what was done, by which rule, or whether it is gold.
    """

    work: uuid.UUID
    work_version: int
    version: Version
    policy_version: PolicyVersion
    factors: tuple[Factor, ...]
    until: datetime
    due_at: datetime | None
    is_urgent: bool
    is_answered: bool


def rows() -> QuerySet[Audit]:
    """Return audits with everything around them loaded."""
    return Audit.objects.select_related(*_OF_AN_AUDIT)


def waiting(*, seen_by: User, limit: int = 50) -> list[Audit]:
    """Return audits that ``seen_by`` may answer: what holds acts up first, then the longest waiting."""
    return list(_for(seen_by).order_by(*_IN_LINE)[:limit])


def next_for(user: User, *, at: datetime | None = None) -> Audit | None:
    """Return what ``user`` should judge next: what they hold, then what holds acts up, then the first due.

    What a colleague holds, or snoozed work, waits. Raises RoleLacks for somebody who may not audit.
    """
    now = at or clock.now()
    free = Q(assignment__holder=None) | Q(assignment__holder=user) | Q(assignment__held_until__lte=now)
    found = _for(user).filter(free)
    mine = found.filter(assignment__holder=user, assignment__held_until__gt=now).order_by("id").first()
    return mine or found.order_by(*_IN_LINE).first()


def audit_of(*, work: uuid.UUID, seen_by: User) -> Audit:
    """Return an audit that ``seen_by`` may answer or has answered; raises NotInSample for anything else."""
    staff.require(seen_by, Permission.AUDIT)
    found = rows().filter(assignment=work).first()
    if found is None or not _may(found, seen_by):
        raise NotInSample
    return found


def page_of(audit: Audit, seen_by: User) -> AuditPage:
    """Return what an auditor is shown of an audit; raises NotInSample when it is not theirs to see."""
    row = audit_of(work=audit.assignment_id, seen_by=seen_by)
    return AuditPage(
        work=row.assignment_id,
        work_version=row.assignment.version,
        version=row.version,
        policy_version=row.policy_version,
        factors=tuple(policies.document(row.policy_version).factors),
        until=row.act.asked_at if row.act is not None else row.version.received_at,
        due_at=row.assignment.due_at,
        is_urgent=holds_acts(row),
        is_answered=row.answered_at is not None,
    )


def holds_acts(audit: Audit) -> bool:
    """Return whether new acts wait until it is answered: its burst is open."""
    return audit.burst is not None and audit.burst.done_at is None


def knows(audit: Audit, user: User) -> bool:
    """Return whether ``user`` cannot judge blind: they decided about the item, or know the gold."""
    if audit.gold is not None:
        is_told = gold.known_to(user).filter(gold=audit.gold_id, answered_at__isnull=False).exists()
        return audit.gold.made_by_id == user.pk or is_told
    if user.pk in (audit.assignment.barred_id, audit.assignment.barred_too_id):
        return True
    return _decided_by(user).filter(item=audit.version.item_id).exists()


def overdue(*, platform: str, at: datetime) -> int:
    """Return how many audits of a platform wait past the time they were to be answered by."""
    late = Audit.objects.filter(platform=platform, answered_at=None, assignment__due_at__lt=at)
    return late.count()


def oldest_overdue(*, at: datetime) -> datetime | None:
    """Return when the oldest audit that nobody has answered fell due, anywhere."""
    late = Audit.objects.filter(answered_at=None, assignment__done_at=None, assignment__due_at__lt=at)
    return late.order_by("assignment__due_at").values_list("assignment__due_at", flat=True).first()


def _for(user: User) -> QuerySet[Audit]:
    """Return the open audits that ``user`` may judge, blind."""
    staff.require(user, Permission.AUDIT)
    found = rows().filter(answered_at=None, assignment__done_at=None)
    found = found.exclude(assignment__barred=user).exclude(assignment__barred_too=user)
    decided = Exists(_decided_by(user).filter(item=OuterRef("version__item")))
    found = found.filter(~decided | Q(gold__isnull=False))
    found = gold.not_known_to(found.exclude(gold__made_by=user), user)
    found = visible(found, user, Permission.AUDIT, work="assignment__")
    return wanted(found, user, work="assignment__")


def _may(audit: Audit, user: User) -> bool:
    work = audit.assignment
    if not staff.may(user, Permission.AUDIT, platform=work.platform_id, queue=work.queue_id):
        return False
    return audit.auditor_id == user.pk or (audit.answered_at is None and not knows(audit, user))


def _decided_by(user: User) -> QuerySet[Decision]:
    name = f"staff:{user.pk.hex}"
    return Decision.objects.filter(Q(made_by=name) | Q(approved_by=name))
