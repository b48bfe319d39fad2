"""What of the work a person may see: their platforms, their queues, and not what they refused."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

#: The queue of appeals; no case waits in it.
APPEALS = "appeals"
Row = TypeVar("Row", bound=Model)


def may_see(case: Case, user: User, permission: Permission = Permission.SEE_CASES) -> bool:
    """Return whether ``user`` holds ``permission`` on the platform and in the queue of a case.

    A queue that they refused hides no case from somebody who was led to it by another way.
    """
    work = case.assignment
    return staff.may(user, permission, platform=work.platform_id, queue=work.queue_id)


def visible(rows: QuerySet[Row], user: User, permission: Permission, *, work: str = "") -> QuerySet[Row]:
    """Return those of ``rows`` on the platforms and in the queues where ``user`` holds ``permission``.

    ``work`` leads from a row to its assignment, such as ``case__assignment__``.
    """
    within = Q()
    for platform, queues in staff.reach(user, permission):
        if not platform and queues is None:
            return rows
        here = Q(**{f"{work}platform": platform}) if platform else Q()
        within |= here & (Q(**{f"{work}queue__in": queues}) if queues is not None else Q())
    return rows.filter(within) if within else rows.none()


def wanted(rows: QuerySet[Row], user: User, *, work: str = "") -> QuerySet[Row]:
    """Return those of ``rows`` in queues that ``user`` did not refuse to see."""
    refused = staff.refused_queues(user)
    return rows.exclude(**{f"{work}queue__in": refused}) if refused else rows
