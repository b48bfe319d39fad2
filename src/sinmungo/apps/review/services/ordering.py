"""What is learned of a case after it was gathered may bring it forward, and never back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.review.priority import Part

#: The most that one such part gives: less than a step of severity or one report by somebody unknown.
MOST_POINTS = 7.5


@transaction.atomic
def raise_priority(*, case: Case, part: Part, at: datetime, actor: Actor) -> bool:
    """Add a part to why a case stands where it stands; whether that changed anything.

    The points are capped, and none below zero are taken. A part of the same label stays if it gives as
    much. Work that has ended stays as it was. Nobody who holds the case meets a conflict by it.
    """
    points = round(min(part.points, MOST_POINTS), 1)
    row = Assignment.objects.select_for_update().get(pk=case.assignment_id)
    before = sum(each["points"] for each in row.priority_explained if each["label"] == part.label)
    if row.done_at is not None or points <= max(before, 0.0):
        return False
    others = [each for each in row.priority_explained if each["label"] != part.label]
    row.priority = round(row.priority + points - before, 6)
    row.priority_explained = [*others, Part(part.label, part.value, points).to_document()]
    row.save(update_fields=["priority", "priority_explained"])
    body = {"part": part.label, "points": str(points)}
    record([NewEntry("review.case.raised", f"case:{case.code}", actor, body)], at=at)
    return True
