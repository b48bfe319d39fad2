"""Appeals that say the same thing as others: linked to an incident, seen as one, answered one by one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.errors_incidents import NotLinkable, TooMany
from sinmungo.apps.autonomy.models import Incident, LinkedAppeal
from sinmungo.apps.autonomy.queries.like_appeals import Candidate, like_appeals
from sinmungo.apps.autonomy.services import timeline
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

__all__ = ["Candidate", "like_appeals", "link", "unlink"]

#: Appeals linked in one act.
MOST_AT_ONCE = 5_000
_COLUMNS = ("incident_id", "appeal_id", "likeness", "linked_by", "linked_at")


@transaction.atomic
def link(
    *,
    incident: Incident,
    appeals: Sequence[Appeal],
    user: User,
    at: datetime,
    likeness: Mapping[uuid.UUID, float] | None = None,
) -> int:
    """Link appeals to an incident; return how many were not yet. Each is still answered by itself.

    ``likeness`` says how like each was to those linked before, 1 if it does not. Raises RoleLacks,
    IncidentOver, NotLinkable for appeals of another incident or platform, TooMany.
    """
    staff.require(user, Permission.RUN_INCIDENTS, incident.platform_id)
    if len(appeals) > MOST_AT_ONCE:
        raise TooMany(limit=MOST_AT_ONCE)
    row = timeline.locked(incident)
    fresh = _fresh(row, appeals)
    how_like, by = likeness or {}, str(staff.actor_of(user))
    values = [(row.pk, each, how_like.get(each, 1.0), by, at) for each in fresh]
    try:
        with transaction.atomic():
            base_rows.insert_values(LinkedAppeal, _COLUMNS, values)
    except IntegrityError:  # somebody linked one of them elsewhere in this very moment
        raise NotLinkable(count=1) from None
    if fresh:
        _enter(row, "linked", len(fresh), user, at)
    return len(fresh)


@transaction.atomic
def unlink(*, incident: Incident, appeals: Sequence[Appeal], user: User, at: datetime) -> int:
    """Take appeals out of an incident's group; return how many were in it. Raises RoleLacks, IncidentOver."""
    staff.require(user, Permission.RUN_INCIDENTS, incident.platform_id)
    row = timeline.locked(incident)
    gone, _ = LinkedAppeal.objects.filter(incident=row, appeal__in=[each.pk for each in appeals]).delete()
    if gone:
        _enter(row, "unlinked", gone, user, at)
    return gone


def _fresh(incident: Incident, appeals: Sequence[Appeal]) -> list[uuid.UUID]:
    """Return the ids of those not linked yet; raises NotLinkable."""
    wanted = {each.pk: each.platform_id for each in appeals}
    linked = dict(LinkedAppeal.objects.filter(appeal__in=wanted).values_list("appeal", "incident"))
    elsewhere = [
        key for key, platform in wanted.items()
        if platform != incident.platform_id or linked.get(key, incident.pk) != incident.pk
    ]  # fmt: skip
    if elsewhere:
        raise NotLinkable(count=len(elsewhere))
    return [key for key in wanted if key not in linked]


def _enter(incident: Incident, kind: str, count: int, user: User, at: datetime) -> None:
    timeline.enter(incident=incident, kind=kind, actor=staff.actor_of(user), at=at, facts={"appeals": count})
