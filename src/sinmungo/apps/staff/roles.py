"""Who may do what: one written matrix, which ``docs/reference/roles.md`` shows and a test compares.

Nobody sees more than their desk needs: an administrator runs the house and reads no cases, a hearer
reads appeals and decides no first cases, a vendor reviewer works in named queues and sees nobody's
handle, an observer sees numbers.
"""

from __future__ import annotations

from enum import StrEnum

from sinmungo.apps.staff.models import Role


class Permission(StrEnum):
    """Something a person who works here may be allowed to do."""

    SEE_QUEUES = "see_queues"  # what waits where, and how much; no item's text
    SEE_CASES = "see_cases"  # an item with its text, thread, history and signals
    SEE_PERSONAL = "see_personal"  # handles, contact points and names as they are; else they are masked
    SEARCH = "search"  # find cases by handle, id, receipt and words, and look around an account
    DECIDE_CASES = "decide_cases"
    APPROVE = "approve"  # be the second person of a harsh act
    ASSIGN_WORK = "assign_work"  # give a case to a colleague, or take it from them
    WRITE_REASONS = "write_reasons"  # keep the reasons that reviewers use again
    SECOND_REVIEW = "second_review"  # look blind at what a colleague decided
    KEEP_GOLD = "keep_gold"  # make and retire items whose right answers are known
    SEE_QUALITY = "see_quality"  # backlog, service times, agreement, overturn share; nobody by name
    SEE_BANKS = "see_banks"  # which banks there are, how large, what they found; never a fingerprint
    KEEP_BANKS = "keep_banks"  # make, fill, enable and disable banks, start a search in what was seen
    HEAR_APPEALS = "hear_appeals"
    SEE_AUTOMATIONS = "see_automations"  # levels, bounds, detectors and incidents as numbers; no item
    SET_AUTOMATIONS = "set_automations"  # lower a level, ask for a higher one, keep shifts and caps
    AUDIT = "audit"  # judge blind what an automation did
    RUN_INCIDENTS = "run_incidents"  # declare an incident, tell the public, answer inquiries
    RESTORE = "restore"  # propose a restoration, or confirm another's
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
            Permission.SEE_AUTOMATIONS,
        }
    ),
    Role.LEAD: frozenset(
        {
            Permission.SEE_QUEUES,
            Permission.SEE_CASES,
            Permission.SEE_PERSONAL,
            Permission.SEARCH,
            Permission.DECIDE_CASES,
            Permission.APPROVE,
            Permission.ASSIGN_WORK,
            Permission.WRITE_REASONS,
            Permission.SECOND_REVIEW,
            Permission.KEEP_GOLD,
            Permission.SEE_QUALITY,
            Permission.SEE_BANKS,
            Permission.KEEP_BANKS,
            Permission.HEAR_APPEALS,
            Permission.SEE_PLATFORMS,
            Permission.SEE_AUTOMATIONS,
            Permission.SET_AUTOMATIONS,
            Permission.AUDIT,
            Permission.RUN_INCIDENTS,
            Permission.RESTORE,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.SEE_QUEUES,
            Permission.SEE_CASES,
            Permission.SEE_PERSONAL,
            Permission.SEARCH,
            Permission.DECIDE_CASES,
            Permission.APPROVE,
            Permission.SECOND_REVIEW,
            Permission.SEE_BANKS,
            Permission.SEE_AUTOMATIONS,
            Permission.AUDIT,
        }
    ),
    Role.VENDOR: frozenset({Permission.SEE_QUEUES, Permission.SEE_CASES, Permission.DECIDE_CASES}),
    Role.HEARER: frozenset({Permission.SEE_QUEUES, Permission.SEE_PERSONAL, Permission.HEAR_APPEALS}),
    Role.POLICY: frozenset(
        {
            Permission.SEE_QUEUES,
            Permission.SEE_CASES,
            Permission.SEE_PERSONAL,
            Permission.SEARCH,
            Permission.WRITE_REASONS,
            Permission.KEEP_GOLD,
            Permission.SEE_QUALITY,
            Permission.SEE_BANKS,
            Permission.KEEP_BANKS,
            Permission.ADOPT_POLICIES,
            Permission.SEE_PLATFORMS,
            Permission.SEE_AUTOMATIONS,
            Permission.SET_AUTOMATIONS,
            Permission.RUN_INCIDENTS,
            Permission.RESTORE,
        }
    ),
    Role.OBSERVER: frozenset({Permission.SEE_QUEUES, Permission.SEE_AUTOMATIONS}),
}


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that hold ``permission``."""
    return [role for role, held in MATRIX.items() if permission in held]
