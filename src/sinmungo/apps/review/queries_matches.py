"""Which cases stand behind what a bank matched."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sinmungo.apps.review.models import Case
from sinmungo.apps.review.queries.seeing import visible, wanted
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

_WORK = "assignment__"


def cases_of(*, items: Collection[uuid.UUID], seen_by: User) -> dict[uuid.UUID, Case]:
    """Return the latest case of each item that has one which ``seen_by`` may see, by the item's id.

    Cases in queues that they refused to see are left out, as in every list.
    """
    rows = Case.objects.filter(item__in=list(items))
    rows = wanted(visible(rows, seen_by, Permission.SEE_CASES, work=_WORK), seen_by, work=_WORK)
    found = rows.select_related("item__author", "item__platform", "assignment__queue").order_by(
        "opened_at", "pk"
    )
    return {case.item_id: case for case in found}
