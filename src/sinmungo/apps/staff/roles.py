"""Who may do what: one written matrix, which ``docs/reference/roles.md`` shows and a test compares.

Nobody sees more than their desk needs: an administrator runs the house and reads no cases, a hearer
reads appeals and decides no first cases, an observer sees numbers.
"""

from __future__ import annotations

from enum import StrEnum

from sinmungo.apps.staff.models import Role


class Permission(StrEnum):
    """Something a person who works here may be allowed to do."""

    SEE_QUEUES = "see_queues"  # what waits where, and how much; no item's text
    SEE_CASES = "see_cases"  # an item with its text, thread, history and signals
    DECIDE_CASES = "decide_cases"
    APPROVE = "approve"  # be the second person of a harsh act
    HEAR_APPEALS = "hear_appeals"
    ADOPT_POLICIES = "adopt_policies"
    SEE_PLATFORMS = "see_platforms"
    RETRY_DELIVERIES = "retry_deliveries"  # see what a platform did not take, and send it again
    MANAGE_STAFF = "manage_staff"


MATRIX: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.SEE_QUEUES,
            Permission.ADOPT_POLICIES,
            Permission.SEE_PLATFORMS,
            Permission.RETRY_DELIVERIES,
            Permission.MANAGE_STAFF,
        }
    ),
    Role.LEAD: frozenset(
        {
            Permission.SEE_QUEUES,
            Permission.SEE_CASES,
            Permission.DECIDE_CASES,
            Permission.APPROVE,
            Permission.HEAR_APPEALS,
            Permission.SEE_PLATFORMS,
        }
    ),
    Role.REVIEWER: frozenset(
        {Permission.SEE_QUEUES, Permission.SEE_CASES, Permission.DECIDE_CASES, Permission.APPROVE}
    ),
    Role.HEARER: frozenset({Permission.SEE_QUEUES, Permission.HEAR_APPEALS}),
    Role.POLICY: frozenset(
        {Permission.SEE_QUEUES, Permission.SEE_CASES, Permission.ADOPT_POLICIES, Permission.SEE_PLATFORMS}
    ),
    Role.OBSERVER: frozenset({Permission.SEE_QUEUES}),
}


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that hold ``permission``."""
    return [role for role, held in MATRIX.items() if permission in held]
