"""What else there is of the account behind a case."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from sinmungo.apps.items.models import Item
from sinmungo.apps.review.models import Case
from sinmungo.apps.review.queries.seeing import visible, wanted
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

_WORK = "assignment__"


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Open cases about an account or what it posted: those that are shown, and how many there are."""

    shown: tuple[Case, ...]
    count: int


def other_open_cases(*, account: Item, besides: Case, seen_by: User, limit: int = 10) -> OpenCases:
    """Return other cases about ``account`` that have not ended, the weightiest first. Raises RoleLacks."""
    staff.require(seen_by, Permission.SEARCH, account.platform_id)
    rows = Case.objects.filter(Q(item=account) | Q(item__author=account)).exclude(pk=besides.pk)
    rows = rows.exclude(state=Case.State.DECIDED)
    rows = visible(rows, seen_by, Permission.SEARCH, work=_WORK)
    rows = wanted(visible(rows, seen_by, Permission.SEE_CASES, work=_WORK), seen_by, work=_WORK)
    shown = rows.select_related("item__author", "version", "assignment__queue").order_by(
        "-assignment__priority", "pk"
    )
    return OpenCases(tuple(shown[:limit]), rows.count())
