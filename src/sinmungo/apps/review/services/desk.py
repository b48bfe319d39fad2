"""Whose work a case is meant to be, when it comes up again, and who should look who knows more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.errors import (
    AlreadyDone,
    BadMoment,
    CannotTakeIt,
    ChangedMeanwhile,
    UnknownQueue,
)
from sinmungo.apps.review.models import Assignment, Case, Note
from sinmungo.apps.review.services.holding import NEEDED, held_by_another, locked, refer, require_held
from sinmungo.apps.review.services.notes import add_note
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

#: Work is put off no longer than this at a time.
LONGEST_SNOOZE = timedelta(days=14)
#: The desks that a case is escalated to.
ESCALATED_TO = ("senior", "legal", "child-safety")


@transaction.atomic
def assign(
    *, assignment: Assignment, to: User | None, by: User, expected_version: int, at: datetime, actor: Actor
) -> Assignment:
    """Say whose work this is meant to be; None says nobody's.

    Anyone who may decide puts free work on their own list or takes it off again. Whoever assigns work
    gives it to a colleague or takes it back, also out of a colleague's hands. Raises RoleLacks,
    CannotTakeIt, HeldByAnother, AlreadyDone, ChangedMeanwhile.
    """
    row = locked(assignment)
    assigns = staff.may(by, Permission.ASSIGN_WORK, platform=row.platform_id, queue=row.queue_id)
    own = to in (by, None) and row.assignee_id in (None, by.pk)
    needed = NEEDED[Assignment.Kind(row.kind)] if own else Permission.ASSIGN_WORK
    staff.require(by, needed, row.platform_id, row.queue_id)
    if row.done_at is not None:
        raise AlreadyDone
    if row.version != expected_version:
        raise ChangedMeanwhile
    held = held_by_another(row, to or by, at)
    if held is not None and not assigns:
        raise held
    if to is not None and not can_take(row, to):
        raise CannotTakeIt(who=str(to))
    row.assignee = to
    if held is not None:
        row.holder, row.held_until = None, None
    row.version += 1
    row.save(update_fields=["assignee", "holder", "held_until", "version"])
    body: Body = {"work": row.kind, "given": to is not None, "to": to.pk.hex if to else ""}
    record([NewEntry("review.work.assigned", f"assignment:{row.id.hex}", actor, body)], at=at)
    return row


def can_take(row: Assignment, user: User) -> bool:
    """Return whether this work may be given to ``user``: they may do it, took no part, do such work."""
    needed = NEEDED[Assignment.Kind(row.kind)]
    took_part = user.pk in (row.barred_id, row.barred_too_id)
    may = staff.may(user, needed, platform=row.platform_id, queue=row.queue_id)
    return may and not took_part and row.queue_id not in staff.refused_queues(user)


@transaction.atomic
def snooze(
    *,
    assignment: Assignment,
    user: User,
    until: datetime,
    expected_version: int,
    at: datetime,
    actor: Actor,
) -> Assignment:
    """Put work that ``user`` holds off until a moment; it stays on their own list and wakes at news.

    Raises BadMoment (past, more than 14 days ahead, or past its due time), and as ``require_held``.
    """
    held = require_held(assignment=assignment, user=user, expected_version=expected_version, at=at)
    too_late = held.due_at is not None and until > held.due_at
    if not at < until <= at + LONGEST_SNOOZE or too_late:
        raise BadMoment(days=LONGEST_SNOOZE.days)
    Assignment.objects.filter(pk=held.pk).update(
        snoozed_until=until, assignee=user, holder=None, held_until=None, version=F("version") + 1
    )
    held.refresh_from_db()
    body = {"work": held.kind, "until": until.isoformat()}
    record([NewEntry("review.work.snoozed", f"assignment:{held.id.hex}", actor, body)], at=at)
    return held


@transaction.atomic
def escalate(
    *, case: Case, user: User, to: str, words: str, expected_version: int, at: datetime, actor: Actor
) -> Assignment:
    """Put a case that ``user`` holds before a desk that knows more, with a private reason.

    Raises UnknownQueue for any other queue, NoteLength without a reason, and as ``refer``.
    """
    if to not in ESCALATED_TO or to == case.assignment.queue_id:
        raise UnknownQueue(queue=to)
    add_note(case=case, user=user, words=words, kind=Note.Kind.ESCALATED, at=at, actor=actor)
    return refer(
        assignment=case.assignment,
        user=user,
        queue=to,
        expected_version=expected_version,
        at=at,
        actor=actor,
    )
