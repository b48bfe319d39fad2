"""How appeals ended, as a share: what a lead reads beside agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import AppealOutcome
from sinmungo.core.trust.intervals import Share, share

BACK = timedelta(days=90)
_CHANGED = (AppealOutcome.OVERTURNED, AppealOutcome.PARTLY)


@dataclass(frozen=True, slots=True)
class Overturned:
    """Of the decided appeals against decisions on a policy (empty: on no violation), how many changed it."""

    policy: str
    changed: Share


def overturned(*, seen_by: User, at: datetime) -> list[Overturned]:
    """Return the share overturned, wholly or in part, of appeals decided in the last 90 days."""
    staff.require(seen_by, Permission.SEE_QUALITY)
    rows = Appeal.objects.filter(state=Appeal.State.DECIDED, decided_at__gte=at - BACK)
    platforms = staff.platforms_where(seen_by, Permission.SEE_QUALITY)
    if platforms is not None:
        rows = rows.filter(platform__in=platforms)
    counted = rows.values_list("decision__policy_version__policy_id").annotate(
        changed=Count("pk", filter=Q(outcome__in=_CHANGED)), all=Count("pk")
    )
    found = [Overturned(policy or "", share(changed, all_)) for policy, changed, all_ in counted]
    return sorted(found, key=lambda each: each.policy)
